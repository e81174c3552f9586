export { operationName } from "./operation-names.js";
export { pcapngObserver, type PcapngObserverOptions } from "./pcapng-observer.js";
export { textObserver, type TextObserverOptions } from "./text-observer.js";
export { trace } from "./trace.js";
export type { TransferEvent, TransferObserver } from "./transfer-event.js";

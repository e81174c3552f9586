export { codedValue, type CodedValue } from "./coded-value.js";
export {
  commandIn,
  commandOut,
  commandWithoutData,
  type Command,
  type CommandOptions,
} from "./command.js";
export { informationalTimeoutMs, loadEjectTimeoutMs, mediumAccessTimeoutMs } from "./deadlines.js";
export { inquiry, type Inquiry } from "./inquiry.js";
export {
  LogicalUnit,
  type LogicalUnitEvents,
  type LogicalUnitOptions,
  type UnitExecuteOptions,
} from "./logical-unit.js";
export { preventAllowMediumRemoval } from "./medium-removal.js";
export {
  allModePages,
  modeSense,
  type ModePage,
  type ModeParameters,
  type ModeSenseOptions,
} from "./mode-sense.js";
export { read10, read12, opticalBlockLength, type ReadOptions } from "./read.js";
export { readCapacity, type Capacity } from "./read-capacity.js";
export { requestSense } from "./request-sense.js";
export { senseConditionNames, type SenseConditionName } from "./sense-condition.js";
export { isSenseError, MissingSenseError, RequestSenseError, SenseError } from "./sense-error.js";
export { senseKeyNames, senseKeys, type SenseKeyName } from "./sense-key.js";
export { senseText } from "./sense-text.js";
export { decodeSense, type FieldPointer, type Sense, type SenseKeySpecific } from "./sense.js";
export { startStopUnit, type StartStopAction } from "./start-stop-unit.js";
export { testUnitReady } from "./test-unit-ready.js";
export {
  inquiryDeviceIdentification,
  inquirySupportedPages,
  inquiryUnitSerialNumber,
  type Designator,
} from "./vital-product-data.js";
export { executeIfSupported, type Executor } from "./executor.js";

export { isKeyError, KeyError, type KeyErrorCode } from "./errors.js";
export type { HostAuthenticator } from "./host-authenticator.js";
export {
  KeyEngine,
  type KeyEngineEvents,
  type KeyEngineOptions,
  type SessionDetails,
} from "./key-engine.js";
export type { KeySession, TitleKeyAddress } from "./key-session.js";
export type { RegionChange, RegionChangeCause, SetRegionOptions } from "./region-control.js";
export type { RegionState } from "./region-state.js";
export type { SessionLossCause } from "./session-failures.js";
export type { SessionState, SessionStep } from "./session-steps.js";

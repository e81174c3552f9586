import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { standInAuthenticator } from "../../src/virtual/stand-in-authenticator.js";
import { ascii, concat, hex } from "../bytes.js";
import { ask, outcomeOf, readyDrive, senseOf, senseText } from "./drive-host.js";
import { protectedDisc, readDiscKey, report, send } from "./key-host.js";

const challenge = hex("00010203040506070809");
const secret = ascii("a secret");

/** Node's own HMAC, to hold ours against. */
const expected = (party: string) =>
  Uint8Array.from(
    createHmac("sha256", secret)
      .update(concat(ascii(`usb-dvd stand-in ${party}`), challenge))
      .digest()
      .subarray(0, 5),
  );

describe("the stand-in", () => {
  const { drive, host } = standInAuthenticator(secret);

  it("proves by the first 5 bytes of HMAC-SHA-256 over party and challenge", async () => {
    expect(await drive.prove(challenge)).toEqual(expected("drive"));
    expect(await host.respond(challenge)).toEqual(expected("host"));
  });

  it("knows the other's proof, and takes neither its own nor another challenge's", async () => {
    const key1 = await drive.prove(challenge);
    const key2 = await host.respond(challenge);
    expect(await host.verifyDrive(challenge, key1)).toBe(true);
    expect(await drive.verifyHost(challenge, key2)).toBe(true);
    expect(await host.verifyDrive(challenge, key2)).toBe(false);
    expect(await drive.verifyHost(challenge, key1)).toBe(false);
    const other = hex("01010203040506070809");
    expect(await host.verifyDrive(other, key1)).toBe(false);
    expect(await drive.verifyHost(other, key2)).toBe(false);
    expect(await host.verifyDrive(challenge, key1.subarray(0, 4))).toBe(false);
  });

  it("fails between halves of different secrets", async () => {
    const stranger = standInAuthenticator(ascii("another"));
    const key2 = await stranger.host.respond(challenge);
    expect(await drive.verifyHost(challenge, key2)).toBe(false);
  });

  it("challenges with 10 bytes that differ each time", async () => {
    const challenges = await Promise.all([drive.createChallenge(), host.createChallenge()]);
    expect(challenges.map(({ length }) => length)).toEqual([10, 10]);
    expect(challenges[0]).not.toEqual(challenges[1]);
  });
});

describe("a drive left to its default", () => {
  it("is authenticated by the stand-in's host half", async () => {
    const virtual = readyDrive({ disc: protectedDisc() });
    const { host } = standInAuthenticator();
    senseOf(virtual, report(0x00));
    const asked = await host.createChallenge();
    const text = (data: Uint8Array) => Buffer.from(data).toString("hex");
    await ask(virtual, send(0x01, 16), `000E 0000 ${text(asked)} 0000`);
    const key1 = (await outcomeOf(virtual, report(0x02))) as Uint8Array;
    expect(await host.verifyDrive(asked, key1.slice(4, 9))).toBe(true);
    const driveChallenge = (await outcomeOf(virtual, report(0x01))) as Uint8Array;
    const key2 = await host.respond(driveChallenge.slice(4, 14));
    const sent = await ask(virtual, send(0x03, 12), `000A 0000 ${text(key2)} 000000`);
    expect(senseText(sent)).toBe("good");
    expect(senseOf(virtual, readDiscKey())).toBe("good");
  });
});

function hasOpenssl(): boolean {
  try {
    execFileSync("openssl", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

it.skipIf(!hasOpenssl())("agrees with openssl", async () => {
  const message = concat(ascii("usb-dvd stand-in host"), challenge);
  const mac = execFileSync("openssl", ["dgst", "-sha256", "-hmac", "a secret", "-binary"], {
    input: message,
  });
  expect(await standInAuthenticator(secret).host.respond(challenge)).toEqual(
    Uint8Array.from(mac.subarray(0, 5)),
  );
});

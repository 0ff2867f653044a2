import { describe, expect, it } from "vitest";
import { InvalidSettings, isLoopback, readSettings } from "../../api/config.ts";

describe("settings", () => {
  it("have defaults for a machine with nothing set", () => {
    expect(readSettings({})).toMatchObject({
      port: 8080,
      host: "127.0.0.1",
      dataDir: "./data",
      databaseUrl: undefined,
      authentication: ["none"],
      logLevel: "info",
      signingKeyFile: "./data/signing-key.pem",
    });
  });

  it("take empty variables as unset", () => {
    expect(readSettings({ PORT: "", DATABASE_URL: "" }).port).toBe(8080);
  });

  it.each([
    [{ PORT: "http" }, /PORT.*port between 0 and 65535/],
    [{ PORT: "70000" }, /PORT/],
    [{ DATABASE_URL: "mysql://host/db" }, /DATABASE_URL.*postgres/],
    [{ LOG_LEVEL: "loud" }, /LOG_LEVEL.*debug/],
    [{ SEPARATION_OF_DUTIES: "two-person" }, /SEPARATION_OF_DUTIES to be standard or three-person/],
    [{ AUTHENTICATION: "magic" }, /AUTHENTICATION/],
    [{ AUTHENTICATION: "none,basic" }, /none alone/],
    [{ AUTHENTICATION: "oidc" }, /OIDC_ISSUER and OIDC_AUDIENCE/],
  ])("that are wrong name the variable and what was expected: %o", (environment, message) => {
    expect(() => readSettings(environment)).toThrow(InvalidSettings);
    expect(() => readSettings(environment)).toThrow(message);
  });

  it("never repeat a secret", () => {
    expect(() => readSettings({ DATABASE_URL: "mysql://user:hunter2@host/db" })).toThrow(
      expect.not.stringContaining("hunter2"),
    );
  });

  it("refuse to listen elsewhere than on this machine without authentication", () => {
    expect(() => readSettings({ HOST: "0.0.0.0" })).toThrow(/AUTHENTICATION is none/);
    expect(readSettings({ HOST: "0.0.0.0", AUTHENTICATION: "basic,token" }).host).toBe("0.0.0.0");
    for (const host of ["127.0.0.1", "127.1.2.3", "::1", "localhost"]) expect(isLoopback(host)).toBe(true);
    for (const host of ["127.evil.example", "0.0.0.0", "10.0.0.1", "localhost.evil.example"])
      expect(isLoopback(host)).toBe(false);
  });
});

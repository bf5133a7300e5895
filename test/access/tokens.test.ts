import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { chmod, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createGate, isLoopbackName } from "../../src/access/gate.js";
import { openSecret } from "../../src/access/secret.js";
import { openTokens, type Tokens } from "../../src/access/tokens.js";

const SECRET = new TextEncoder().encode("a secret that is long enough for the hash");
const HOUR_SECONDS = 3_600;
const START_MS = 1_800_000_000_000;

/** A clock that a test moves by hand. */
function handClock() {
  const clock = { now: START_MS, wallMs: () => clock.now };
  return clock;
}

function sign(header: object, payload: object, secret: Uint8Array = SECRET): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part(header)}.${part(payload)}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

describe("a secret", () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "hive-secret-"));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it("is made once, for its owner only", async () => {
    const file = join(dir, "data", "secret");
    const first = await openSecret(file);
    expect(first.byteLength).toBeGreaterThanOrEqual(32);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(join(dir, "data"))).mode & 0o777).toBe(0o700);
    expect(await openSecret(file)).toEqual(first);
    expect((await readFile(file, "utf8")).trim()).toHaveLength(64);
  });

  it("is one, however many ask for it at the same time", async () => {
    const all = await Promise.all(Array.from({ length: 16 }, () => openSecret(join(dir, "secret"))));
    expect(new Set(all.map((one) => Buffer.from(one).toString("hex"))).size).toBe(1);
  });

  it("is refused when others may read it", async () => {
    const file = join(dir, "secret");
    await openSecret(file);
    await chmod(file, 0o644);
    await expect(openSecret(file)).rejects.toMatchObject({ code: "SECRET", message: /chmod 600/ });
  });

  it("is a regular file that is kept, and nothing else is read", async () => {
    const pipe = join(dir, "pipe");
    execFileSync("mkfifo", ["-m", "600", pipe]);
    const link = join(dir, "link");
    await symlink("/dev/zero", link);
    for (const [file, says] of [
      [pipe, `The secret ${pipe} is no regular file; name a file on a disk in security.secret_file`],
      [dir, `The secret ${dir} is a directory`],
      ["/dev/zero", "The secret /dev/zero lies under /dev, where nothing is kept"],
      ["/dev/nobody", "lies under /dev"],
      ["/proc/self/environ", "lies under /proc"],
      [link, `The secret ${link} lies under /dev`],
    ] as const) {
      await expect(openSecret(file), file).rejects.toMatchObject({
        code: "SECRET",
        message: expect.stringContaining(says),
      });
    }
  });

  it("is refused when it is short", async () => {
    const file = join(dir, "secret");
    await writeFile(file, "hunter2", { mode: 0o600 });
    await expect(openSecret(file)).rejects.toMatchObject({ code: "SECRET" });
    const options = { secret: new Uint8Array(31), ttlSeconds: 60, clock: handClock() };
    expect(() => openTokens(options)).toThrow(expect.objectContaining({ code: "SECRET" }));
  });
});

describe("a token", () => {
  const clock = handClock();
  let tokens: Tokens;
  beforeEach(async () => {
    clock.now = START_MS;
    tokens = await openTokens({ secret: SECRET, ttlSeconds: HOUR_SECONDS, clock });
  });
  const claims = () => ({
    iss: "hive",
    aud: "hive-hub",
    sub: "ann",
    scope: "client",
    iat: clock.now / 1000,
    exp: clock.now / 1000 + 60,
  });

  it("tells who holds it, again and again", async () => {
    const token = await tokens.issue({ subject: "ann", scopes: ["client"] });
    expect(tokens.verify(token)).toMatchObject({ subject: "ann", scopes: ["client"] });
    expect(tokens.verify(token)).toMatchObject({ subject: "ann" });
  });

  it("is refused once it has expired, also when it is remembered", async () => {
    const token = await tokens.issue({ subject: "ann", scopes: ["client"], ttlSeconds: 60 });
    await tokens.verify(token);
    clock.now += 61_000;
    await expect(async () => tokens.verify(token)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
    await expect(async () => tokens.verify(token)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
  });

  const wrong: readonly (readonly [string, () => string])[] = [
    ["no algorithm", () => `${sign({ alg: "none" }, claims()).split(".").slice(0, 2).join(".")}.`],
    ["another algorithm", () => sign({ alg: "HS512" }, claims())],
    ["another one's signature", () => `${sign({ alg: "HS256" }, claims())}x`],
    ["no signature", () => sign({ alg: "HS256" }, claims()).split(".").slice(0, 2).join(".")],
    ["critical extensions", () => sign({ alg: "HS256", crit: ["exp"] }, claims())],
    ["an issue in the future", () => sign({ alg: "HS256" }, { ...claims(), iat: clock.now / 1000 + 3_000 })],
    ["a start in the future", () => sign({ alg: "HS256" }, { ...claims(), nbf: clock.now / 1000 + 3_000 })],
    ["another secret", () => sign({ alg: "HS256" }, claims(), new Uint8Array(32))],
    ["another issuer", () => sign({ alg: "HS256" }, { ...claims(), iss: "other" })],
    ["another audience", () => sign({ alg: "HS256" }, { ...claims(), aud: "other" })],
    ["no expiry", () => sign({ alg: "HS256" }, { ...claims(), exp: undefined })],
    ["no time of issue", () => sign({ alg: "HS256" }, { ...claims(), iat: undefined })],
    ["an age beyond the limit", () => sign({ alg: "HS256" }, { ...claims(), iat: clock.now / 1000 - 7_200 })],
    ["no subject", () => sign({ alg: "HS256" }, { ...claims(), sub: undefined })],
    ["an endless text", () => "x".repeat(10_000)],
    ["nothing", () => ""],
  ];
  for (const [name, forge] of wrong) {
    it(`with ${name} is refused`, async () => {
      await expect(async () => tokens.verify(forge())).rejects.toMatchObject({ code: "UNAUTHORIZED" });
    });
  }

  it("that was forged by hand but rightly is accepted, so the cases above fail for their own reason", async () => {
    expect(await tokens.verify(sign({ alg: "HS256" }, claims()))).toMatchObject({ subject: "ann" });
  });
});

describe("the gate", () => {
  const clock = handClock();
  const open = async (host: string, openOnLoopback = true) => {
    const tokens = await openTokens({ secret: SECRET, ttlSeconds: HOUR_SECONDS, clock });
    const bearer = async (...scopes: ("client" | "admin")[]) =>
      `Bearer ${await tokens.issue({ subject: "ann", scopes })}`;
    return { gate: createGate({ tokens, host, openOnLoopback }), bearer };
  };
  const decide = async (run: () => unknown): Promise<string> => {
    try {
      await run();
      return "in";
    } catch (error) {
      return (error as { code: string }).code;
    }
  };

  it("lets everybody pass where it is open, and reads pass on loopback only", async () => {
    const { gate } = await open("127.0.0.1");
    expect(await decide(() => gate.admit("open", "", "evil.example"))).toBe("in");
    expect(await decide(() => gate.admit("read", "", "localhost:8080"))).toBe("in");
    expect(await decide(() => gate.admit("read", "", "[::1]:8080"))).toBe("in");
    expect(await decide(() => gate.admit("read", "", "evil.example:8080"))).toBe("UNAUTHORIZED");
    expect(await decide(() => gate.admit("client", "", "localhost"))).toBe("UNAUTHORIZED");
  });

  it("asks for a token for reads when the hub is bound to more than loopback, or told to", async () => {
    const outside = await open("0.0.0.0");
    expect(await decide(() => outside.gate.admit("read", "", "localhost"))).toBe("UNAUTHORIZED");
    const strict = await open("127.0.0.1", false);
    expect(await decide(() => strict.gate.admit("read", "", "localhost"))).toBe("UNAUTHORIZED");
    const bearer = await strict.bearer("client");
    expect(await decide(() => strict.gate.admit("read", bearer, "x"))).toBe("in");
  });

  it("keeps clients out of what takes an admin", async () => {
    const { gate, bearer } = await open("127.0.0.1");
    const [client, admin, nobody] = [await bearer("client"), await bearer("admin"), await bearer()];
    expect(await decide(() => gate.admit("client", client, ""))).toBe("in");
    expect(await decide(() => gate.admit("client", admin, ""))).toBe("in");
    expect(await decide(() => gate.admit("admin", admin, ""))).toBe("in");
    expect(await decide(() => gate.admit("admin", client, ""))).toBe("FORBIDDEN");
    expect(await decide(() => gate.admit("client", nobody, ""))).toBe("FORBIDDEN");
    expect(await decide(() => gate.admit("client", "Basic abc", ""))).toBe("UNAUTHORIZED");
    expect(await decide(() => gate.admit("read", "Bearer nonsense", "localhost"))).toBe("UNAUTHORIZED");
  });

  it("knows its own pages and the names of loopback", async () => {
    const { gate } = await open("127.0.0.1");
    expect(gate.isOwnOrigin("http://localhost:8080", "localhost:8080")).toBe(true);
    expect(gate.isOwnOrigin("http://evil.example", "evil.example")).toBe(false);
    expect(gate.isOwnOrigin("http://localhost:3000", "localhost:8080")).toBe(false);
    expect(["127.0.0.1", "127.1.2.3", "LOCALHOST", "[::1]"].every(isLoopbackName)).toBe(true);
    expect(["10.0.0.1", "127.0.0.1.evil.example", ""].some(isLoopbackName)).toBe(false);
  });
});

import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readIfThere, replaceFile } from "../../src/store/kept-file.js";

const dir = mkdtempSync(join(tmpdir(), "hive-kept-file-test-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe("a small file that is kept", () => {
  it("is read as it was written last, by its owner alone, and leaves nothing beside it", async () => {
    const file = join(dir, "kept");
    expect(await readIfThere(file, 100)).toBeUndefined();
    await replaceFile(file, Uint8Array.of(1, 2, 3));
    await replaceFile(file, "four");
    expect(new TextDecoder().decode(await readIfThere(file, 100))).toBe("four");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(dir)).toEqual(["kept"]);
  });

  it("is refused when it is longer than it can be, or no file, with what to do", async () => {
    const long = join(dir, "long");
    writeFileSync(long, "x".repeat(101));
    mkdirSync(join(dir, "directory"));
    for (const [file, why] of [
      [long, /it has 101 bytes, at most 100 fit; move it away/],
      [join(dir, "directory"), /it is no regular file; move it away/],
    ] as const) {
      await expect(readIfThere(file, 100)).rejects.toThrow(why);
      await expect(readIfThere(file, 100)).rejects.toMatchObject({ code: "STORE_FILE" });
    }
  });

  it("stays as it is when it cannot be replaced, and nothing is left of the attempt", async () => {
    const occupied = join(dir, "occupied");
    mkdirSync(join(occupied, "by another"), { recursive: true });
    const before = readdirSync(dir);
    await expect(replaceFile(occupied, "new")).rejects.toThrow();
    expect(readdirSync(dir)).toEqual(before);
  });
});

import { describe, expect, test } from "vitest";
import { judge } from "../../bench/goals.js";
import { measure } from "../../bench/harness.js";
import { type Contender, type Measured, type Question, scaleOf } from "../../bench/question.js";
import { goalLines } from "../../bench/report.js";

const quick = { ...scaleOf(true), warmUpMs: 0 };

/** Answers with these figures in turn, the first one being the warm-up. */
function answering(system: string, figures: readonly Measured[], heard: string[] = []): Contender {
  let turn = 0;
  return {
    system,
    open: async () => ({
      run: async () => {
        heard.push(system);
        const figure = figures[turn % figures.length];
        turn += 1;
        if (figure === undefined) throw new Error("no figure");
        return figure;
      },
      close: async () => void heard.push(`close ${system}`),
    }),
  };
}

function questionTo(contenders: ReturnType<Question["contenders"]>, goals: Question["goals"] = []): Question {
  return {
    group: "tests",
    name: "figures",
    asks: "how much?",
    unit: "msg/s",
    higherIsBetter: true,
    params: { payload: "none" },
    where: "own-process",
    goals,
    contenders: () => contenders,
  };
}

const steady = (value: number): readonly Measured[] => [{ value, verified: true }];

describe("the bench harness", () => {
  test("warms everybody up, then runs them in turn five times, then closes them", async () => {
    const heard: string[] = [];
    await measure(
      questionTo([answering("hive", steady(1), heard), answering("peer", steady(1), heard)]),
      quick,
    );
    const round = ["hive", "peer"];
    expect(heard).toEqual([
      ...round,
      ...round,
      ...round,
      ...round,
      ...round,
      ...round,
      "close hive",
      "close peer",
    ]);
  });

  test("reports the median and the range of the counted runs and leaves the warm-up out", async () => {
    const figures = [1000, 5, 1, 4, 2, 3].map((value) => ({ value, verified: true }));
    const [row] = await measure(questionTo([answering("hive", figures)]), quick);
    expect(row).toMatchObject({
      system: "hive",
      value: 3,
      verified: true,
      runs: { median: 3, min: 1, max: 5 },
    });
  });

  test("calls a row unverified when one of its runs did not complete its work", async () => {
    const figures = [true, true, true, false, true, true].map((verified) => ({ value: 7, verified }));
    const [row] = await measure(questionTo([answering("hive", figures)]), quick);
    expect(row?.verified).toBe(false);
  });

  test("shows who cannot run as missing, with the reason, and measures the others", async () => {
    const absent: Contender = { system: "absent", open: () => Promise.reject(new Error("not installed")) };
    const rows = await measure(questionTo([absent, answering("hive", steady(9))]), quick);
    expect(rows).toMatchObject([
      { system: "absent", value: null, verified: false, missing: "not installed" },
      { system: "hive", value: 9, verified: true },
    ]);
  });

  test("judges goals by verified rows, beside peers and published figures", async () => {
    const question = questionTo(
      [answering("hive", steady(60)), answering("peer", steady(10)), { system: "documents", published: 4 }],
      [
        { kind: "times", peer: "peer", atLeast: 6 },
        { kind: "times", peer: "documents", atLeast: 20 },
        { kind: "at-least", atLeast: 60 },
        { kind: "at-most", atMost: 59 },
        { kind: "times", peer: "nobody", atLeast: 1 },
      ],
    );
    expect(judge(question, await measure(question, quick))).toEqual([
      { question: "figures", goal: "≥ 6× peer", measured: 6, met: true },
      { question: "figures", goal: "≥ 20× documents", measured: 15, met: false },
      { question: "figures", goal: "≥ 60 msg/s", measured: 60, met: true },
      { question: "figures", goal: "≤ 59 msg/s", measured: 60, met: false },
      { question: "figures", goal: "≥ 1× nobody", measured: null, met: false },
    ]);
  });

  test("says of an unmet goal that what bounds us does not meet it either, and only then", async () => {
    const question = {
      ...questionTo(
        [answering("hive", steady(50)), answering("bare", steady(80)), answering("peer", steady(10))],
        [
          { kind: "at-least", atLeast: 100 },
          { kind: "times", peer: "peer", atLeast: 9 },
          { kind: "at-least", atLeast: 70 },
          { kind: "at-least", atLeast: 40 },
        ],
      ),
      bound: "bare",
    };
    const verdicts = judge(question, await measure(question, quick));
    expect(verdicts.map(({ met, bound }) => [met, bound?.measured])).toEqual([
      [false, 80],
      [false, 8],
      [false, undefined],
      [true, undefined],
    ]);
    expect(goalLines(verdicts)).toContain("goals: 1 of 4 met, 2 beyond what this machine gives anybody");
  });

  test("meets no goal with an answer that did not verify", async () => {
    const question = questionTo(
      [answering("hive", [{ value: 99, verified: false }])],
      [{ kind: "at-least", atLeast: 1 }],
    );
    expect(judge(question, await measure(question, quick))).toMatchObject([{ measured: null, met: false }]);
  });
});

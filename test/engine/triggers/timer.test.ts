/** Timers: dates, durations, repeating intervals and cron, without an instance around them. */
import { describe, expect, it } from "vitest";
import { isIsoDate, isTimeCycle } from "../../../engine/model/compile/iso-time.ts";
import { nextCron, parseCron } from "../../../engine/triggers/cron.ts";
import {
  addDuration,
  durationMs,
  parseDate,
  parseDuration,
  parseRepeating,
} from "../../../engine/triggers/iso-8601.ts";
import { nextSchedule, scheduleOf } from "../../../engine/triggers/timer.ts";

const at = (text: string) => Date.parse(text);
const iso = (time: number | null | undefined) =>
  time === null || time === undefined ? null : new Date(time).toISOString();

describe("durations", () => {
  it("count weeks to fractions of seconds, and months by the calendar", () => {
    expect(durationMs("P1W2DT3H4M5.5S", 0)).toBe(((9 * 24 + 3) * 3600 + 4 * 60 + 5.5) * 1000);
    expect(iso(addDuration(at("2026-01-31T10:00:00Z"), parseDuration("P1M")!))).toBe("2026-02-28T10:00:00.000Z");
    expect(iso(addDuration(at("2024-02-29T00:00:00Z"), parseDuration("P1Y")!))).toBe("2025-02-28T00:00:00.000Z");
    expect(durationMs("-PT5M", 0)).toBe(-300_000);
  });

  it("refuse what is no duration", () => {
    for (const text of ["", "P", "PT", "1H", "PT1", "P1H", "PT-1S", `P${"9".repeat(300)}D`])
      expect(parseDuration(text)).toBeNull();
  });
});

describe("dates", () => {
  it("are read with offset, zone name or as UTC", () => {
    expect(iso(parseDate("2026-03-01T10:00:00+02:00"))).toBe("2026-03-01T08:00:00.000Z");
    expect(iso(parseDate("2026-03-01T10:00:00Z[UTC]"))).toBe("2026-03-01T10:00:00.000Z");
    expect(iso(parseDate("2026-03-01T10:00:00"))).toBe("2026-03-01T10:00:00.000Z");
    expect(iso(parseDate("2026-03-01"))).toBe("2026-03-01T00:00:00.000Z");
    expect(parseDate("yesterday")).toBeNull();
    expect(parseDate("2026-13-01")).toBeNull();
  });
});

describe("cycles", () => {
  const now = at("2026-03-01T10:00:00Z");

  it("have a number of firings, perhaps a start, and an interval", () => {
    expect(parseRepeating("R3/PT1H")).toEqual({ times: 3, start: null, interval: "PT1H" });
    expect(parseRepeating("R/2026-01-01T00:00:00Z/P1D")).toMatchObject({ times: -1, interval: "P1D" });
    for (const text of ["R3", "3/PT1H", "R3/x/PT1H", "R3/PT1H/PT1H/PT1H"]) expect(parseRepeating(text)).toBeNull();
  });

  it("begin on the grid of their start date", () => {
    const schedule = scheduleOf("cycle", "R/2026-01-01T00:30:00Z/P1D", now);
    expect(schedule.ok && iso(schedule.value.dueAt)).toBe("2026-03-02T00:30:00.000Z");
  });

  it("count their firings down and skip what was missed", () => {
    const first = scheduleOf("cycle", "R2/PT1H", now);
    if (!first.ok) throw new Error(first.failure.message);
    const second = nextSchedule(first.value, now + 10 * 3_600_000 + 1);
    expect(second).toEqual({ dueAt: now + 11 * 3_600_000, repetitions: 0, interval: "PT1H" });
    expect(nextSchedule(second!, now)).toBeNull();
  });

  it("follow the calendar over months that were missed", () => {
    expect(
      iso(
        nextSchedule(
          { dueAt: at("2025-01-15T00:00:00Z"), repetitions: -1, interval: "P1M" },
          at("2026-03-20T00:00:00Z"),
        )?.dueAt,
      ),
    ).toBe("2026-04-15T00:00:00.000Z");
  });

  it("refuse an endless cycle that never moves, and one without firings", () => {
    expect(scheduleOf("cycle", "R/PT0S", now).ok).toBe(false);
    expect(scheduleOf("cycle", "R0/PT1H", now).ok).toBe(false);
    expect(scheduleOf("duration", 5, now).ok).toBe(false);
  });
});

describe("cron", () => {
  const next = (text: string, from: string) => iso(nextCron(parseCron(text)!, at(from)));

  it("finds the next time of lists, ranges, steps and names", () => {
    expect(next("0 */15 9-17 * * MON-FRI", "2026-03-06T17:46:00Z")).toBe("2026-03-09T09:00:00.000Z");
    expect(next("30 0 0 1 JAN,JUL *", "2026-03-01T00:00:00Z")).toBe("2026-07-01T00:00:30.000Z");
    expect(next("0 5/20 * * * *", "2026-03-01T00:06:00Z")).toBe("2026-03-01T00:25:00.000Z");
    expect(next("@daily", "2026-03-01T00:00:00Z")).toBe("2026-03-02T00:00:00.000Z");
  });

  it("knows the last day, working days and the n-th weekday of a month", () => {
    expect(next("0 0 0 L * *", "2026-02-10T00:00:00Z")).toBe("2026-02-28T00:00:00.000Z");
    expect(next("0 0 0 L-3 * *", "2026-02-10T00:00:00Z")).toBe("2026-02-25T00:00:00.000Z");
    expect(next("0 0 0 1W * *", "2026-08-02T00:00:00Z")).toBe("2026-08-03T00:00:00.000Z");
    expect(next("0 0 0 LW * *", "2026-05-10T00:00:00Z")).toBe("2026-05-29T00:00:00.000Z");
    expect(next("0 0 0 ? * 5L", "2026-03-01T00:00:00Z")).toBe("2026-03-27T00:00:00.000Z");
    expect(next("0 0 0 ? * MON#2", "2026-03-01T00:00:00Z")).toBe("2026-03-09T00:00:00.000Z");
  });

  it("gives up on a day that never comes, and refuses what is no cron expression", () => {
    expect(next("0 0 0 30 2 *", "2026-01-01T00:00:00Z")).toBeNull();
    for (const text of ["* * * * *", "61 * * * * *", "0 0 0 * * MOO", "0 0 0 32 * *", "0/0 * * * * *"])
      expect(parseCron(text)).toBeNull();
  });
});

describe("time zones", () => {
  const eve = at("2026-10-24T07:00:00Z"); // Saturday 9:00 in Berlin; the clocks go back on Sunday

  it("a date with a zone and no offset is meant on the zone's clocks; an offset decides", () => {
    expect(iso(parseDate("2026-11-21T10:00:00+01:00[Europe/Berlin]"))).toBe("2026-11-21T09:00:00.000Z");
    expect(iso(parseDate("2026-11-21T10:00:00[Europe/Berlin]"))).toBe("2026-11-21T09:00:00.000Z");
    expect(iso(parseDate("2026-07-21T10:00:00[Europe/Berlin]"))).toBe("2026-07-21T08:00:00.000Z");
    expect(iso(parseDate("2026-03-29T02:30:00[Europe/Berlin]"))).toBe("2026-03-29T01:30:00.000Z");
    expect(iso(parseDate("2026-10-25T02:30:00[Europe/Berlin]"))).toBe("2026-10-25T00:30:00.000Z");
    expect(parseDate("2026-11-21T10:00:00[Mars/Olympus]")).toBeNull();
  });

  it("a cycle from a date with a zone keeps the hour when the clocks are changed", () => {
    let schedule = scheduleOf("cycle", "R3/2026-10-24T09:00:00[Europe/Berlin]/P1D", eve - 1000);
    const due: (string | null)[] = [];
    for (let next = schedule.ok ? schedule.value : null; next; next = nextSchedule(next, next.dueAt))
      due.push(iso(next.dueAt));
    expect(due).toEqual(["2026-10-24T07:00:00.000Z", "2026-10-25T08:00:00.000Z", "2026-10-26T08:00:00.000Z"]);
    schedule = scheduleOf("cycle", "R/2026-01-01T09:00:00[Europe/Berlin]/P1D", at("2026-07-01T12:00:00Z"));
    expect(schedule.ok && iso(schedule.value.dueAt)).toBe("2026-07-02T07:00:00.000Z");
  });

  it("cron with a zone counts on the zone's clocks", () => {
    const first = scheduleOf("cycle", "0 0 9 * * * [Europe/Berlin]", eve);
    if (!first.ok) throw new Error(first.failure.message);
    expect(iso(first.value.dueAt)).toBe("2026-10-25T08:00:00.000Z");
    expect(iso(nextSchedule(first.value, first.value.dueAt)?.dueAt)).toBe("2026-10-26T08:00:00.000Z");
    const hourly = parseCron("0 30 * * * *")!;
    // 2:30 comes twice that night: once by the first clock, and again for who asks in the second hour.
    expect(iso(nextCron(hourly, at("2026-10-25T00:00:00Z"), "Europe/Berlin"))).toBe("2026-10-25T00:30:00.000Z");
    expect(iso(nextCron(hourly, at("2026-10-25T01:10:00Z"), "Europe/Berlin"))).toBe("2026-10-25T01:30:00.000Z");
    // 2:30 does not come in spring: an hour later it is.
    expect(iso(nextCron(parseCron("0 30 2 * * *")!, at("2026-03-28T12:00:00Z"), "Europe/Berlin"))).toBe(
      "2026-03-29T01:30:00.000Z",
    );
    expect(scheduleOf("cycle", "0 0 9 * * * [Mars/Olympus]", eve).ok).toBe(false);
  });

  it("are checked at deployment", () => {
    expect(isIsoDate("2026-11-21T10:00:00+01:00[Europe/Berlin]")).toBe(true);
    expect(isIsoDate("2026-11-21T10:00:00[Mars/Olympus]")).toBe(false);
    for (const cycle of [
      "R/2026-01-01T09:00:00[Europe/Berlin]/P1D",
      "R/P1D[Europe/Berlin]",
      "0 0 9 * * MON-FRI [Europe/Berlin]",
      "@daily [America/New_York]",
    ]) {
      expect(isTimeCycle(cycle), cycle).toBe(true);
      expect(scheduleOf("cycle", cycle, eve).ok, cycle).toBe(true);
    }
    for (const cycle of ["R/P1D[Mars/Olympus]", "R/2026-01-01T09:00:00[Europe]x/P1D", "[UTC]", "0 0 9 * * *[]"]) {
      expect(isTimeCycle(cycle), cycle).toBe(false);
      expect(scheduleOf("cycle", cycle, eve).ok, cycle).toBe(false);
    }
  });
});

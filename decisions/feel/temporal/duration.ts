// FEEL durations (DMN 1.5 §10.3.2.3.7 and .8). Days-time in nanoseconds as a bigint: two billion years need 86 bits.

const SECOND = 1_000_000_000n;
const DAY_SECONDS = 86_400n;

export class DaysTimeDuration {
  readonly kind = "days and time duration";
  readonly nanoseconds: bigint;

  constructor(nanoseconds: bigint) {
    this.nanoseconds = nanoseconds;
  }

  /** Whole parts with the sign of the duration. */
  get parts(): { days: number; hours: number; minutes: number; seconds: number; nanoseconds: number } {
    const seconds = this.nanoseconds / SECOND;
    const ofDay = Number(seconds % DAY_SECONDS);
    return {
      days: Number(seconds / DAY_SECONDS),
      hours: Math.trunc(ofDay / 3600) + 0,
      minutes: (Math.trunc(ofDay / 60) % 60) + 0,
      seconds: (ofDay % 60) + 0,
      nanoseconds: Number(this.nanoseconds % SECOND),
    };
  }

  toString(): string {
    return formatDaysTime(this.nanoseconds);
  }

  toJSON(): string {
    return this.toString();
  }
}

export class YearsMonthsDuration {
  readonly kind = "years and months duration";
  readonly months: number;

  constructor(months: number) {
    this.months = months + 0;
  }

  toString(): string {
    if (this.months === 0) return "P0M";
    const total = Math.abs(this.months);
    const years = Math.floor(total / 12);
    const months = total % 12;
    return `${this.months < 0 ? "-" : ""}P${years === 0 ? "" : `${years}Y`}${months === 0 ? "" : `${months}M`}`;
  }

  toJSON(): string {
    return this.toString();
  }
}

function formatDaysTime(nanoseconds: bigint): string {
  if (nanoseconds === 0n) return "PT0S";
  const absolute = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  const { days, hours, minutes, seconds, nanoseconds: fraction } = new DaysTimeDuration(absolute).parts;
  let time = hours === 0 ? "" : `${hours}H`;
  if (minutes !== 0) time += `${minutes}M`;
  if (seconds !== 0 || fraction !== 0) {
    time += `${seconds}${
      fraction === 0
        ? ""
        : `.${String(fraction)
            .padStart(9, "0")
            .replace(/(?<!0)0+$/, "")}`
    }S`;
  }
  const sign = nanoseconds < 0n ? "-" : "";
  return `${sign}P${days === 0 ? "" : `${days}D`}${time === "" ? "" : `T${time}`}`;
}

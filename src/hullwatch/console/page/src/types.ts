// What the API hands over. Numbers are SI unless the name's ending says otherwise; an interval is at 90 %.

export interface Interval<T = number> { median: T; low: T; high: T }
export type Maybe<T> = T | null | undefined;
export type AlarmClass = "emergency" | "warning" | "caution" | "advisory";
export type BannerClass = AlarmClass | "normal" | "undecided";

export interface SetAside { cause: string; probability: number; why: string }

export interface Banner {
  class: BannerClass; state: Maybe<string>; words: string; detail: Maybe<string>;
  set_aside: SetAside[]; would_change: Maybe<string>;
  /** What people did to an alarm whose condition stands: shelved until when, suppressed, by whom. */
  held?: Maybe<string>;
  /** The incident the banner speaks of. */
  incident?: Maybe<string>;
}

export interface Reserve {
  limit: string; group?: Maybe<number>; meaning: string; alarm_class: Maybe<string>; value_mmhg: Maybe<number>;
  time_s: Maybe<Interval>; at_utc: Maybe<Interval<string>>;
}

export interface Place { compartment: string; name?: Maybe<string>; probability: number }

export interface Alternative { what: string; more: Maybe<number>; unit: Maybe<string>; why: string }

export interface Expected { time_s?: Maybe<Interval | number>; kg?: Maybe<Interval | number>; closures?: Maybe<number> }

export interface Advice {
  manner?: Maybe<string>; next: Maybe<string>; why: Maybe<string>; shut?: string[]; opened?: string[];
  work_s?: Maybe<number>; reading_s?: Maybe<number>; limit_s?: Maybe<number>; reopen?: Maybe<string>;
  expected?: Maybe<Expected>; alternatives?: Alternative[]; refused?: Maybe<string>;
  afterwards?: Maybe<string>; nobody_cut_off?: Maybe<string>; warnings?: string[];
}

export interface CrewCraft {
  craft: string; people: string[]; limit?: Maybe<string>; time_s: Maybe<Interval>; abandon_s: Maybe<number>;
}
export interface CrewTime { crew?: CrewCraft[]; if_shut?: unknown[]; time_utc?: Maybe<string> }

export interface Clearance {
  verdict: string; compartments?: string[]; because?: Maybe<string>; rate_kg_day?: Maybe<Interval>;
  decided_after_s?: Maybe<number>;
}
export interface ReturnQuestion { question: string; answer: string; why: string }

/** The narrowest estimate so far, kept while a shut hatch hides the leak. */
export interface Best { rate_kg_day: Maybe<Interval>; rate_utc: Maybe<string>; hole_mm: Maybe<Interval> }

export interface Incident {
  id: string; state: string; ended_utc?: Maybe<string>; best?: Maybe<Best>; detected_utc: Maybe<string>; onset_utc: Maybe<Interval<string>>; may_be_older: boolean;
  leak_probability: Maybe<number>; rate_kg_day: Maybe<Interval>; hole_mm: Maybe<Interval>; area_mm2: Maybe<Interval>;
  law: Maybe<string>; law_probability: Maybe<Record<string, number>>; exponent: Maybe<Interval>;
  pressure_fall_mmhg_h: Maybe<Interval>; location: Place[]; location_why: Maybe<string>; reserve: Reserve[];
  set_aside: SetAside[]; would_change: Maybe<string>; alarm: Maybe<Alarm>; advice: Maybe<Advice>;
  crew_time: Maybe<CrewTime>; clearance: Maybe<Clearance>; return_question: Maybe<ReturnQuestion>;
}

export interface Compartment {
  id: string; name: string; craft: Maybe<string>; group: Maybe<number>; posterior: Maybe<number>;
  /** Whose ship this is, and who is said to be here now. */
  people?: Maybe<string[]>; here?: Maybe<string[]>;
}
export interface HatchReport { open: boolean; by: Maybe<string>; centre: Maybe<string>; note?: Maybe<string>; contradiction?: Maybe<string> }
export interface Hatch { id: string; between: [string, string]; open: Maybe<boolean>; source?: Maybe<string>; reported?: Maybe<HatchReport> }
export interface StationMap {
  compartments: Compartment[]; hatches: Hatch[]; groups: string[][]; group_pressure_mmhg?: (number | null)[];
}

export interface Comment { by: string; centre: Maybe<string>; utc: string; text: string }
export interface Alarm {
  incident: string; class: AlarmClass; state: string; text: string; since_utc: Maybe<string>; owner: Maybe<string>;
  comments?: Comment[]; until_utc?: Maybe<string>; by?: Maybe<string>;
}

export interface TimelineRow {
  time_utc: string; end_utc?: Maybe<string>; kind: string; title?: Maybe<string>; words: string; class?: Maybe<string>;
  seq?: number;
}

export interface Channel {
  id: string; name: string; quantity: string; unit: string; value: Maybe<number>; time_utc: Maybe<string>;
  age_s: Maybe<number>; quality: string[]; publish?: Maybe<"on_change" | "periodic">; noted?: Maybe<{ kind: string; end_utc: Maybe<string>; why: string }>;
}

export interface Decision {
  decision: string; what: string; state: string; needs: string[]; agreed: unknown[]; refused: unknown[]; by: string;
  time_utc: string;
}

export interface View {
  seq: number; head_seq?: Maybe<number>; time_utc: Maybe<string>; day_of_year: Maybe<string>; live: boolean; vehicle: string; title: string;
  source: string; interrupted?: boolean; reconstructed: boolean; provenance: unknown; span_utc: Maybe<string[]>; banner: Banner;
  incidents: Incident[]; map: StationMap; alarms: Alarm[]; timeline: TimelineRow[];
  data: { time_utc: Maybe<string>; signal: string; age_s?: Maybe<number>; channels: Channel[] }; decisions: Decision[];
  evidence: Record<string, unknown>[]; centres: unknown[];
  detectable: Maybe<{ kg_day: number; since_utc: Maybe<string> }>;
  /** Why the record cannot be read or written, or why the watch stopped. */
  trouble?: Maybe<string>;
}

export interface Clock { now_utc: string; data_utc: Maybe<string>; data_age_s: Maybe<number>; signal: string; rate: Maybe<number>; trouble?: Maybe<string>; seq?: Maybe<number>; head?: Maybe<string> }

/** A field of a kind of evidence; numbers are typed in `unit`, and go out times `si`. */
export interface EvidenceField {
  name: string; words: string; holds: "compartment" | "compartments" | "hatch" | "spot" | "switch" | "number"; needed: boolean;
  unit?: string; si?: number; low?: number; high?: number; lengths?: number[];
}
export interface EvidenceKind { kind: string; words: string; meaning: string; fields: EvidenceField[] }

export interface Me { name: Maybe<string>; role: string; centre: Maybe<string> }

export interface RecordRow {
  seq: number; time_utc: string; time_s: number; kind: string; incident: Maybe<string>; data: Record<string, any>;
}

export type Column = (number | null)[];
export interface TrendGroup {
  group: number; compartments: string[]; pressure_mmhg: Column; corrected_kg: Column; low_kg: Column; high_kg: Column;
  loss_kg_day: Column; loss_low: Column; loss_high: Column;
}
export interface Mark { time_s: number; end_s: Maybe<number>; kind: string; words: string }
export interface Trend { time_s: number[]; groups: TrendGroup[]; marks: Mark[] }
export interface ChannelSeries { id: string; name: string; quantity?: Maybe<string>; unit: Maybe<string>; value: Column; flag?: Column }
export interface Channels { time_s: number[]; channels: ChannelSeries[] }

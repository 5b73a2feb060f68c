// The data in a report, as src/report/data writes it, and what the scripts share. Only the type checker reads this file.

/** A non-negative number m * 2^(512 * e). */
interface Magnitude {
  m: number;
  e: number;
}

type Mode = "no-avg" | "early-avg" | "late-avg" | "2-avg";

interface GraphData {
  iterations: number | null;
  mode: Mode | null;
  names: string[];
  kinds: string[];
  shapes: (number[] | null)[];
  strengths: number[];
  lengths: number[];
  rolled: number[];
  rolled_names: string[];
  blocks: string[];
  components: number[];
  predecessors: number[][];
  places: number[][] | null;
  roles: (string | null)[];
  ends: { node: number; iterations: number[] }[];
  readout_iterations: number[];
  separate: boolean;
}

interface Graph extends GraphData {
  successors: number[][];
}

interface Part {
  mark: number | null;
  mean: number;
  mean_absolute: number;
  share: number | null;
  share_interval: Interval | null;
  variance_share: number | null;
  variance_share_interval: Interval | null;
}
interface Interval {
  low: number;
  high: number;
}
interface UnitSummary {
  unit: number | null;
  parts: Part[];
  biases: Part;
  average: number | null;
  average_interval: Interval | null;
  cancellation: number | null;
  bias_cancellation: number | null;
  agreement: { spearman: number | null; total_variation: number | null } | null;
  explained: { parts: ExplainedPart[] } | null;
}
interface ExplainedPart {
  mark: number | null;
  covariance_share: number | null;
  cc_raw: number;
}

interface ContributionsData {
  caution: string;
  images: number;
  image_source: string;
  marks: number[];
  population: UnitSummary;
  units: UnitSummary[];
  units_left_out: number;
  parts: number[][][];
  outputs: number[][];
  images_left_out: number;
  warnings: string[];
  mode: Mode | null;
}

interface FieldsData {
  marks: number[];
  units: number[];
  units_left_out: number;
  channel: number | null;
  channels: number;
  height: number;
  width: number;
  scales: number[][];
  pixels: string[][];
}

interface ScoresData {
  cc_norm2: number | null;
  cc_norm2_median: number | null;
  cc_raw2: number;
  neurons: number;
  without_ceiling: number;
  dataset: string;
}

interface ModelData {
  name: string;
  graph: GraphData | null;
  left_out: string | null;
  parameters: number;
  scores: ScoresData | null;
  contributions: ContributionsData | null;
  fields: FieldsData | null;
}

interface StudyData {
  columns: string[];
  rows: (string | number | null)[][];
  distributions: [number, number][][];
  files: string[];
  left_out: number;
  unfinished: number;
}

interface ReportData {
  schema: string;
  generator: string;
  models: ModelData[];
  study: StudyData | null;
}

interface LengthRow {
  length: number;
  paths: number | string | bigint;
  strength: number | null;
  log_strength: number | null;
  probability: number | null;
}
interface PathRow {
  path: string[];
  length: number;
  strength: number | null;
  log_strength: number | null;
  probability: number | null;
}
interface EnsembleRow {
  readout: Mode | null;
  paths: number | string;
  total_strength: number | null;
  log_strength: number | null;
  average_path_length: number | null;
  length_std: number | null;
  diversity_nats: number | null;
  effective_paths: number | null;
  lengths: LengthRow[];
  strongest: PathRow[];
}
interface AnalysisData {
  source: { path: string; sha256: string; layout: string | null };
  circuit: { iterations: number; readout: Mode | null; recurrent_blocks: number } | null;
  program?: { from: string; to: string };
  components: {
    name: string;
    kind: string;
    uses: number;
    strength: number | null;
    shape: number[] | null;
    role?: string;
  }[];
  ensembles: EnsembleRow[];
}

/** A graph as one readout of a number of iterations sees it. */
interface Reading {
  graph: Graph;
  mode: Mode | null;
  iterations: number | null;
  weights: number[];
  present: boolean[];
  alive: boolean[];
}

interface LengthTotal {
  paths: bigint;
  strength: Magnitude;
  log: number;
}
interface Totals {
  shortest: number;
  list: LengthTotal[];
}

interface Ensemble {
  paths: bigint;
  total: Magnitude;
  average: number | null;
  std: number | null;
  diversity: number | null;
  effective: number | null;
  lengths: { length: number; paths: bigint; strength: Magnitude; probability: number | null }[];
}

interface FoundPath {
  nodes: number[];
  length: number;
  strength: Magnitude;
}

/** A part of a drawing: one or more nodes of the graph. */
interface DrawnPart {
  nodes: number[];
  x: number;
  y: number;
  width: number;
  height: number;
  shape: "conv" | "norm" | "other" | "sum" | "input" | "group";
  label: string;
  title: string;
}
interface DrawnLine {
  from: number;
  to: number;
  edges: [number, number][];
  d: string;
}
interface Drawing {
  parts: DrawnPart[];
  lines: DrawnLine[];
  texts: { x: number; y: number; text: string }[];
  width: number;
  height: number;
  note: string;
}

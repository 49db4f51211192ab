// Kinds of instruction and their layout, shared by the kernels (AssemblyScript) and the code that writes instructions
// (lower.ts, writer.ts). An instruction is INSTRUCTION_WORDS words of 32 bits: its kind, then the arguments that its case
// in index.ts reads. The last words say how the workers share it: how many rows, values or examples it goes through
// (COUNT), at multiples of how many the workers' parts begin (UNIT; 0: the first worker does all) and whether all
// workers have to meet before it (MEET).

export const INSTRUCTION_WORDS = 16;
export const COUNT = 13;
export const UNIT = 14;
export const MEET = 15;

export const FILL = 0;
export const DENSE = 1;
export const LOG_SOFTMAX = 2;
export const CATEGORICAL_LOG_PROBABILITY = 3;
export const CATEGORICAL_ENTROPY = 4;
export const GAUSSIAN_LOG_PROBABILITY = 5;
export const GAUSSIAN_ENTROPY = 6;
export const STANDARDISE = 7;
export const CLIPPED_SURROGATE = 8;
export const APPROXIMATE_KL = 9;
export const CLIP_FRACTION = 10;
export const SQUARED_ERROR = 11;
export const MEAN = 12;
export const WEIGHTED_SUM = 13;
export const ACTIVATION_GRADIENT = 14;
export const DENSE_INPUT_GRADIENT = 15;
export const DENSE_WEIGHT_GRADIENT = 16;
export const DENSE_BIAS_GRADIENT = 17;
export const CATEGORICAL_LOG_PROBABILITY_GRADIENT = 18;
export const CATEGORICAL_ENTROPY_GRADIENT = 19;
export const GAUSSIAN_MEAN_GRADIENT = 20;
export const GAUSSIAN_LOG_STD_GRADIENT = 21;
export const CLIPPED_SURROGATE_GRADIENT = 22;
export const SQUARED_ERROR_GRADIENT = 23;
export const BROADCAST = 24;
export const ADD = 25;
export const GLOBAL_NORM = 26;
export const CLIP_BY_NORM = 27;
export const ADAM_STEP = 28;
export const ADAM = 29;
export const HUBER = 30;
export const HUBER_GRADIENT = 31;
export const ACTIVATION = 32;
export const SCALE = 33;
export const MULTIPLY = 34;
export const COPY_COLUMNS = 35;
export const PAD_COLUMNS = 36;
export const SUM_ROWS = 37;
export const REPEAT_ROWS = 38;
export const EMBEDDING = 39;
export const EMBEDDING_GRADIENT = 40;
export const SELECT_COLUMN = 41;
export const SELECT_COLUMN_GRADIENT = 42;
export const LAYER_NORM = 43;
export const LAYER_NORM_INPUT_GRADIENT = 44;
export const LAYER_NORM_GAIN_GRADIENT = 45;
export const SOFTMAX = 46;
export const SOFTMAX_GRADIENT = 47;
export const ATTENTION_SCORES = 48;
export const ATTENTION_MIX = 49;
export const ATTENTION_MIX_TRANSPOSED = 50;
export const RECURRENT = 51;
export const RECURRENT_GRADIENT = 52;
export const RECURRENT_INPUT = 53;
export const SQUASH_LOG_DETERMINANT = 54;
export const SQUASH_LOG_DETERMINANT_GRADIENT = 55;
export const SIMPLEX_LOG_DETERMINANT = 56;
export const SIMPLEX_LOG_DETERMINANT_GRADIENT = 57;
export const CATEGORICAL_KL = 58;
export const CATEGORICAL_KL_GRADIENT = 59;
export const GAUSSIAN_KL = 60;
export const GAUSSIAN_KL_MEAN_GRADIENT = 61;
export const GAUSSIAN_KL_LOG_STD_GRADIENT = 62;
export const POLYAK = 63;

// Activations of DENSE, ACTIVATION and ACTIVATION_GRADIENT.
export const NONE = 0;
export const TANH = 1;
export const RELU = 2;
export const SIGMOID = 3;

// Cells of RECURRENT, RECURRENT_GRADIENT and RECURRENT_INPUT.
export const RNN = 0;
export const GRU = 1;
export const LSTM = 2;

// Columns of a packed GEMM panel.
export const PANEL_COLUMNS = 8;
// Products of large matrices (packed.ts): rows of a packed block; the longest inner axis that is packed at a time (one
// block and one panel of it fit a first-level cache), in weight gradients the longest batch; values in the blocks that
// are packed at a time (half a MiB, for the second-level cache); bytes of scratch memory that take a tile.
export const BLOCK_ROWS = 6;
export const DEPTH = 512;
export const WEIGHT_DEPTH = 1024;
export const PACKED_VALUES = 131072;
export const TILE_BYTES = 256;

// The block of memory over which the threads of a crew (crew.ts) meet, as byte offsets. What changes at different times
// lies in different cache lines.
export const CREW_STARTED = 0;
export const CREW_IDLE = 4;
export const CREW_FROM = 8;
export const CREW_END = 12;
export const CREW_SCRATCH = 16;
export const CREW_WORKERS = 20;
export const CREW_PATIENCE = 24;
export const CREW_ARRIVED = 64;
export const CREW_SLEEPING = 68;
export const CREW_BROKEN = 128;
export const CREW_BYTES = 192;
/** Length of one sleep of a waiting thread, after which it looks whether the crew broke up. */
export const NAP_SECONDS = 0.05;

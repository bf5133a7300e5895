// The programs: the seven micro ones and the echo pairs, which others publish rates of, and the rest of the suite.

import { big } from "./big.js";
import { chameneos } from "./chameneos.js";
import { count } from "./count.js";
import { echo } from "./echo.js";
import { fjcreate } from "./fjcreate.js";
import { fjthrput } from "./fjthrput.js";
import { pingpong } from "./pingpong.js";
import type { AnyProgram } from "./program.js";
import { threadring } from "./threadring.js";

export const MICRO_PROGRAMS: readonly AnyProgram[] = [
  pingpong,
  count,
  fjthrput,
  fjcreate,
  threadring,
  chameneos,
  big,
  echo,
];

export const PROGRAMS: readonly AnyProgram[] = [];

// The programs: the seven micro ones and the echo pairs, which others publish rates of, and the rest of the suite.

import { apsp } from "./apsp.js";
import { astar } from "./astar.js";
import { banking } from "./banking.js";
import { barber } from "./barber.js";
import { big } from "./big.js";
import { bitonicsort } from "./bitonicsort.js";
import { bndbuffer } from "./bndbuffer.js";
import { chameneos } from "./chameneos.js";
import { cigsmok } from "./cigsmok.js";
import { concdict } from "./concdict.js";
import { concsll } from "./concsll.js";
import { count } from "./count.js";
import { echo } from "./echo.js";
import { facloc } from "./facloc.js";
import { fib } from "./fib.js";
import { filterbank } from "./filterbank.js";
import { fjcreate } from "./fjcreate.js";
import { fjthrput } from "./fjthrput.js";
import { logmap } from "./logmap.js";
import { nqueenk } from "./nqueenk.js";
import { philosopher } from "./philosopher.js";
import { pingpong } from "./pingpong.js";
import { piprecision } from "./piprecision.js";
import type { AnyProgram } from "./program.js";
import { quicksort } from "./quicksort.js";
import { radixsort } from "./radixsort.js";
import { recmatmul } from "./recmatmul.js";
import { sieve } from "./sieve.js";
import { sor } from "./sor.js";
import { threadring } from "./threadring.js";
import { trapezoid } from "./trapezoid.js";
import { uct } from "./uct.js";

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

export const PROGRAMS: readonly AnyProgram[] = [
  concdict,
  concsll,
  bndbuffer,
  philosopher,
  barber,
  cigsmok,
  logmap,
  banking,
  apsp,
  astar,
  bitonicsort,
  facloc,
  fib,
  filterbank,
  nqueenk,
  piprecision,
  quicksort,
  radixsort,
  recmatmul,
  sieve,
  sor,
  trapezoid,
  uct,
];

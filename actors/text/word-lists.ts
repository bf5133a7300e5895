// Lists of English words that the analysis treats apart. Data, no code.

function setOf(words: string): ReadonlySet<string> {
  return new Set(words.trim().split(/\s+/));
}

/** Words that carry grammar and not the subject. */
export const FUNCTION_WORDS: ReadonlySet<string> = setOf(`
  a about above after again against all also although always am among an and another any are as at be
  because been before being below between both but by came can cannot come could did do does doing
  done down during each either else ever every few for from further get give given go goes going gone
  got had has have having he her here hers herself him himself his how however i if in into is it its
  itself just keep let like made make makes many may me might mine more most much must my myself near
  neither never no none nor not nothing now of off often on once one only onto or other others ought
  our ours ourselves out over own per perhaps put quite rather said same saw say says see seem seemed
  seems seen set shall she should since so some something still such take taken than that the thee
  their theirs them themselves then there therefore these they thing things this those thou though
  through thus thy till to together too took toward towards two under until unto up upon us very was
  we well went were what whatever when where whether which while who whole whom whose why will with
  within without would ye yes yet you your yours yourself yourselves i'm i've i'll it's that's don't
  can't won't didn't isn't wasn't aren't couldn't doesn't ain't there's he's she's let's o oh ah aye
  hast hath doth art shalt wilt
`);

/** Nouns and adjectives that stand near everything and say little of it. */
export const GENERIC_WORDS: ReadonlySet<string> = setOf(`
  way part time year day thing man woman people person place point number kind sort side hand end case
  fact matter month week hour night morning today tonight world life word name course use order degree
  account subject object manner means measure regard respect head eye year-old other great little new
  old good same last first next many
`);

/** What a full stop may follow without ending the sentence. */
export const ABBREVIATIONS: ReadonlySet<string> = setOf(`
  mr mrs ms dr prof st sr jr gen col capt lt sgt rev hon gov sen rep pres messrs mme mlle fr vs etc eg
  ie al cf no nos vol fig figs ch sec p pp ed eds approx dept est inc ltd co corp bros jan feb mar apr
  jun jul aug sept sep oct nov dec mt ft ave blvd rd usw bzw ca nr evtl z.b u.a d.h
`);

/** Titles before a person's name. */
export const PERSON_TITLES: ReadonlySet<string> = setOf(`
  Mr Mrs Ms Miss Dr Sir Lady Lord Captain Capt President Senator Governor General Gen Colonel Col
  Major King Queen Prince Princess Father Professor Prof Secretary Speaker Chairman Judge Justice
  Admiral Commodore
`);

/** Capitalised words that are no names, in lower case. */
export const NOT_NAMES: ReadonlySet<string> = setOf(`
  i o oh ah god lord sir chapter section article mr mrs ye thou aye amen today tonight tomorrow
  yesterday monday tuesday wednesday thursday friday saturday sunday january february march april may
  june july august september october november december
`);

/** First words of names that go on with "of": House of Commons, Department of the Navy. */
export const JOINED_NAMES: ReadonlySet<string> = setOf(`
  bank bay board bureau cape church college committee court department duke gulf house institute isle king ministry
  museum office queen school university
`);

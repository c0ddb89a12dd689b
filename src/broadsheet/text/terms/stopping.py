"""Words that end a phrase, and words that begin or make none."""

from __future__ import annotations

_FUNCTION_WORDS = [
    "a",
    "an",
    "the",
    "this",
    "that",
    "these",
    "those",
    "its",
    "their",
    "our",
    "his",
    "her",
    "your",
    "my",
    "some",
    "any",
    "each",
    "every",
    "all",
    "both",
    "either",
    "neither",
    "no",
    "such",
    "another",
    "other",
    "others",
    "many",
    "much",
    "more",
    "most",
    "few",
    "less",
    "least",
    "several",
    "i",
    "we",
    "you",
    "he",
    "she",
    "it",
    "they",
    "them",
    "us",
    "me",
    "him",
    "who",
    "whom",
    "whose",
    "which",
    "what",
    "where",
    "when",
    "why",
    "how",
    "whether",
    "of",
    "in",
    "on",
    "at",
    "by",
    "for",
    "with",
    "from",
    "to",
    "into",
    "onto",
    "upon",
    "about",
    "over",
    "under",
    "between",
    "among",
    "through",
    "during",
    "without",
    "within",
    "against",
    "across",
    "towards",
    "toward",
    "via",
    "per",
    "along",
    "after",
    "before",
    "since",
    "until",
    "beyond",
    "beside",
    "besides",
    "behind",
    "above",
    "below",
    "near",
    "despite",
    "than",
    "as",
    "like",
    "unlike",
    "throughout",
    "amid",
    "around",
    "off",
    "out",
    "up",
    "down",
    "and",
    "or",
    "but",
    "nor",
    "yet",
    "so",
    "if",
    "then",
    "else",
    "because",
    "although",
    "though",
    "while",
    "whereas",
    "unless",
    "once",
    "is",
    "are",
    "was",
    "were",
    "be",
    "been",
    "being",
    "am",
    "has",
    "have",
    "had",
    "having",
    "do",
    "does",
    "did",
    "done",
    "doing",
    "can",
    "could",
    "may",
    "might",
    "must",
    "shall",
    "should",
    "will",
    "would",
    "cannot",
    "not",
    "also",
    "only",
    "just",
    "even",
    "still",
    "already",
    "always",
    "never",
    "often",
    "sometimes",
    "usually",
    "however",
    "thus",
    "hence",
    "therefore",
    "moreover",
    "furthermore",
    "additionally",
    "finally",
    "here",
    "there",
    "now",
    "too",
    "very",
    "quite",
    "rather",
    "almost",
    "further",
    "together",
    "instead",
    "otherwise",
    "meanwhile",
    "indeed",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "first",
    "second",
    "third",
    "same",
    "own",
    "et",
    "al",
    "etc",
    "e.g",
    "i.e",
    "ie",
    "eg",
    "vs",
    "versus",
    "cf",
    "it's",
    "itself",
    "themselves",
    "ourselves",
    "don't",
    "doesn't",
    "can't",
]
# After these a word that may be a noun or a verb is a verb.
_AUXILIARIES_WORDS = [
    "we",
    "they",
    "i",
    "you",
    "to",
    "can",
    "could",
    "may",
    "might",
    "must",
    "shall",
    "should",
    "will",
    "would",
    "cannot",
    "not",
    "it",
    "which",
    "that",
    "who",
    "also",
]
# First words that add nothing to a term: "novel", "various", "significant".
_VAGUE_WORDS = (
    "new novel different various important efficient effective recent existing previous several"
    " many specific proposed key main major possible potential significant comprehensive general"
    " traditional current good better best large-scale high low small common certain particular"
    " extensive strong such additional available useful real own respective promising"
    " state-of-the-art whole entire full further simple remarkable superior great large larger"
    " higher lower greater smaller fewer numerous wide powerful critical crucial essential"
    " fundamental necessary underlying present original similar corresponding overall individual"
    " actual early typical usual first second third recent latest emerging considerable"
    " substantial related diverse varied rich advanced innovative popular standard conventional"
    " well-known widespread increasing growing rapid unique challenging difficult complex"
    " practical valuable meaningful robust reliable suitable appropriate accurate precise"
    " competitive excellent impressive detailed careful systematic thorough in-depth prior"
    " subsequent final initial multiple single total average mean relevant interesting"
    " straightforward given resulting desired required"
    " next last well"
)
FUNCTION = frozenset(_FUNCTION_WORDS)
AUXILIARIES = frozenset(_AUXILIARIES_WORDS)
VAGUE = frozenset(_VAGUE_WORDS.split())
# Words that name nothing when they stand alone.
_PLAIN_WORDS = (
    "method methods approach approaches model models result results performance system systems"
    " framework frameworks algorithm algorithms problem problems data dataset datasets task tasks"
    " paper study studies analysis experiment experiments technique techniques strategy strategies"
    " process processes application applications work works example examples set sets case cases"
    " number value values state states time times space function functions property properties"
    " parameter parameters information structure structures solution solutions effect effects"
    " condition conditions type types class classes level levels order form forms term terms"
    " feature features image images network networks user users object objects theory behavior"
    " behaviour question questions challenge challenges change changes domain domains area areas"
    " field fields human humans setting settings scenario scenarios quality accuracy efficiency"
    " effectiveness cost costs error errors improvement improvements advantage advantages"
    " implementation simulation simulations test tests evaluation design development research"
    " researchers community people world life issue issues insight insights role roles way ways"
    " measure measures metric metrics rate rates step steps point points part parts group groups"
    " sample samples input inputs output outputs baseline baselines code codes tool tools use uses"
    " technology technologies environment environments knowledge resource resources component"
    " components mechanism mechanisms factor factors pattern patterns distribution distributions"
    " relation relations relationship relationships interaction interactions architecture"
    " architectures module modules pipeline pipelines representation representations context"
    " contexts decision decisions question range size scale complexity capability capabilities"
    " learning training inference source sources target targets action actions line lines view"
    " views file files body content area language languages text texts video videos word words"
    " introduction overview survey review proof theorem theorems equation equations formula"
    " variable variables application property scheme schemes procedure procedures concept concepts"
    " perspective perspectives comparison investigation contribution contributions finding findings"
    " limitation limitations outcome outcomes practice practices principle principles agent agents"
    " software machine machines device devices service services product products project projects"
    " science scientists student students participant participants author authors"
)
PLAIN = frozenset(_PLAIN_WORDS.split())
# As the last word of a phrase these need one before them that makes a name of both.
_HEADS_WORDS = (
    "approach approaches method methods framework frameworks result results performance study"
    " studies problem problems task tasks technique techniques strategy strategies setting settings"
    " scenario scenarios experiment experiments improvement improvements module modules pipeline"
    " pipelines paper work works issue issues challenge challenges process processes level levels"
    " value values number case cases type types property properties effect effects community"
    " research researchers system systems tool tools model models analysis condition conditions"
    " requirement requirements benchmark benchmarks dataset datasets information data"
)
HEADS = frozenset(_HEADS_WORDS.split())

"""What a text says is not so, not done, or left out: rules on words, from cue to scope.

After the negation scopes of BioScope (Vincze et al. 2008) and the windows of NegEx (Chapman et
al. 2001); a scope here is what is denied, without its cue and without the subject.
"""

from broadsheet.text.negation.cues import Cue, Kind
from broadsheet.text.negation.scopes import Denial, denials

__all__ = ["Cue", "Denial", "Kind", "denials"]

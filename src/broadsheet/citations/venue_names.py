"""Names of well-known venues: as papers write them, and the one that they are told under."""

from __future__ import annotations

import re

_MEETINGS = """
AAAI AACL AAMAS ACCV ACL ACML AISTATS AMTA BEA BMVC BioNLP CADE CAV CCL CCS CHI CIDR CIKM CLEF
COLING COLM COLT CoLLAs CoNLL CoRL CSCW CVPR DAC DATE DSN EACL EAMT ECAI ECCV ECIR EDBT EMNLP
EurIPS EuroSys EUSIPCO FAccT FG FOCS FSE GECCO HRI HT ICAART ICADL ICALP ICANN ICAPS ICASSP ICC
ICCV ICDAR ICDCS ICDE ICDM ICIP ICLR ICME ICML ICMR ICPR ICRA ICRC ICSE ICWSM IGARSS IJCAI
IJCNLP IJCNN INFOCOM INLG Interspeech IROS ISBI ISCA ISIT ISSTA ISWC ITSC IWCS IWSLT JCDL KDD KR
LICS LoG LREC MICCAI MIDL MLSys MMM MobiCom NAACL NDSS NeurIPS NSDI OOPSLA OSDI PACLIC PAKDD
PLDI PODC PODS POPL RANLP RecSys RepL4NLP RLC RSS SemEval SIGCOMM SIGDIAL SIGGRAPH SIGIR SIGMOD
SIGSPATIAL SODA SOSP STOC TSD UAI UIST VLDB WACV WMT WSDM WWW 3DV ASE ASRU SLT ISMIR CogSci
CLeaR CPAL EC ESWC ISMAR VIS
"""
_JOURNALS = """
TMLR JMLR TACL TPAMI TKDE TNNLS TMM TIP TCSVT TVCG TASLP TMI TOIS TGRS RA-L IJCV JAIR PASA PASJ PASP
RAA RNAAS RASTI JATIS JCAP JHEP PRD PRL PSJ TOG TSE TIFS TON
"""
# Other ways of saying one, in small letters: "&" is "and", dots are left out.
_OTHERS = """
A&A: aanda, a and a, astronomy and astrophysics, astron astrophys, a and a letters, astronomy
    and astrophysics letters
ApJ: apj, astrophysical journal, astrophys j, aas journals
ApJL: apjl, apj letters, apj lett, astrophysical journal letters, astrophys j lett
ApJS: apjs, apj supplement, apj supplement series, astrophysical journal supplement series,
    astrophysical journal supplement, astrophysical journal supplements
AJ: aj, astronomical journal, astron j
MNRAS: mnras, monthly notices of the royal astronomical society, mnras letters, mon not r
    astron soc, mon not roy astron soc
PASA: publications of the astronomical society of australia
PASP: publications of the astronomical society of the pacific
PASJ: publications of the astronomical society of japan
RAA: research in astronomy and astrophysics
PSJ: planetary science journal
PRD: phys rev d, physical review d
PRL: phys rev lett, physical review letters
JCAP: journal of cosmology and astroparticle physics
JHEP: journal of high energy physics
TMLR: transactions on machine learning research
JMLR: journal of machine learning research
TACL: transactions of the association for computational linguistics
TPAMI: ieee tpami, ieee transactions on pattern analysis and machine intelligence, ieee t-pami
TKDE: ieee tkde, ieee transactions on knowledge and data engineering
TNNLS: ieee tnnls, ieee transactions on neural networks and learning systems
TMM: ieee tmm, ieee transactions on multimedia
TIP: ieee tip, ieee transactions on image processing
TCSVT: ieee tcsvt, ieee transactions on circuits and systems for video technology
TVCG: ieee tvcg, ieee transactions on visualization and computer graphics
TMI: ieee tmi, ieee transactions on medical imaging
TGRS: ieee tgrs, ieee transactions on geoscience and remote sensing
RA-L: ieee ra-l, ieee ral, ieee robotics and automation letters, robotics and automation
    letters
IJCV: international journal of computer vision
JAIR: journal of artificial intelligence research
TOG: acm tog, acm transactions on graphics
TOIS: acm tois, acm transactions on information systems
ACM MM: acmmm, acm mm, mm, acm multimedia
NeurIPS: nips
LREC: lrec-coling, lrec coling
WWW: thewebconf, the web conference, web conference
ECML PKDD: ecml pkdd, ecml-pkdd, ecmlpkdd, ecml/pkdd
SIGGRAPH Asia: siggraph asia
Findings: findings
Expert Systems with Applications: eswa
"""


def _others() -> dict[str, tuple[str, ...]]:
    """One name -> the others; an entry goes on over indented lines."""
    entries = re.sub(r"\n\s+", " ", _OTHERS).strip().splitlines()
    told = (entry.partition(": ") for entry in entries)
    return {name: tuple(others.split(", ")) for name, _, others in told}


_ALSO = _others()

SHORT = {name.casefold(): name for name in (*_MEETINGS.split(), *_JOURNALS.split(), *_ALSO)} | {
    other: name for name, others in _ALSO.items() for other in others
}
"""Small letters -> the name that a venue is told under."""

_PHRASES = {
    "NAACL": r"north american chapter of the association for computational linguistics",
    "EACL": r"european chapter of the association for computational linguistics",
    "AACL": r"asia-pacific chapter of the association for computational linguistics",
    "TACL": r"transactions of the association for computational linguistics",
    "ACL": r"meeting of the association for computational linguistics",
    "EMNLP": r"empirical methods in natural language processing",
    "ICML": r"international conference on machine learning",
    "ICLR": r"international conference on learning representations",
    "NeurIPS": r"neural information processing systems",
    "AAAI": r"aaai conference on artificial intelligence"
            r"|association for the advancement of artificial intelligence",
    "IJCAI": r"international joint conferences? on artificial intelligence",
    "IJCNN": r"international joint conference on neural networks",
    "CVPR": r"conference on computer vision and pattern recognition",
    "WACV": r"winter conference on applications of computer vision",
    "ECCV": r"european conference on computer vision",
    "ICCV": r"(?<!european )(?<!asian )international conference on computer vision",
    "ICASSP": r"acoustics, speech,? and signal processing",
    "ICIP": r"international conference on image processing",
    "ICME": r"international conference on multimedia (?:and|&) expo",
    "ICRA": r"international conference on robotics and automation",
    "IROS": r"intelligent robots and systems",
    "ISBI": r"international symposium on biomedical imaging",
    "ISIT": r"international symposium on information theory",
    "ICPR": r"international conference on pattern recognition",
    "IGARSS": r"international geoscience and remote sensing symposium",
    "MICCAI": r"medical image computing and computer[- ]assisted intervention",
    "KDD": r"knowledge discovery (?:and|&) data mining",
    "CIKM": r"information and knowledge management",
    "ICWSM": r"conference on web and social media",
    "ICRC": r"international cosmic ray conference",
    "LREC": r"language resources and evaluation conference"
            r"|conference on language resources and evaluation",
    "COLING": r"international conference on computational linguistics",
}  # fmt: skip

IN_FULL = tuple((re.compile(text, re.IGNORECASE), name) for name, text in _PHRASES.items())
"""A name in full, found within a text -> the short one; longer ones first."""

SERVERS = frozenset(
    """arxiv,arxiv preprint,biorxiv,medrxiv,chemrxiv,corr,ssrn,openreview,zenodo,preprints,hal,
techrxiv,psyarxiv,research square,ieee xplore""".replace("\n", "").split(",")
)
"""Where preprints and papers lie: nothing appears there."""

"""It becomes vectors: texts to unit vectors, and the store that keeps them."""

from broadsheet.encoders.adapted import AdaptedEncoder, LowRank, write_adapted
from broadsheet.encoders.attentive import (
    MEANING,
    AttentionMaps,
    AttentiveEncoder,
    distinct_words,
    write_attentive,
)
from broadsheet.encoders.bert import (
    BERT_EPSILON,
    BERT_HEAD_WIDTH,
    BERT_PROJECTION,
    BertState,
    Pooling,
    stock_state,
    write_transformer,
)
from broadsheet.encoders.deriving import PaperVectors
from broadsheet.encoders.home import (
    Choice,
    Promoted,
    Standing,
    encoder_choice,
    home_encoder,
    in_force,
    is_trained_here,
    load_choice,
    own_key,
    promoted_problem,
    standing,
    standing_stamp,
    write_standing,
)
from broadsheet.encoders.interface import (
    Encoder,
    EncoderError,
    Precision,
    ShowsStates,
    TokenStates,
    Vectors,
    WeightsMissing,
    weight_of_meaning,
)
from broadsheet.encoders.loading import load_encoder
from broadsheet.encoders.pieces import Pieces
from broadsheet.encoders.static import StaticEncoder, write_static
from broadsheet.encoders.telling import REACH, rarity_of, telling_tokens
from broadsheet.encoders.vectors import StoreError, VectorStore, quantise, unit
from broadsheet.encoders.weights import find_model_files
from broadsheet.encoders.words import Ragged, Words, document_frequencies, split_words, titled

__all__ = [
    "BERT_EPSILON",
    "BERT_HEAD_WIDTH",
    "BERT_PROJECTION",
    "MEANING",
    "REACH",
    "AdaptedEncoder",
    "AttentionMaps",
    "AttentiveEncoder",
    "BertState",
    "Choice",
    "Encoder",
    "EncoderError",
    "LowRank",
    "PaperVectors",
    "Pieces",
    "Pooling",
    "Precision",
    "Promoted",
    "Ragged",
    "ShowsStates",
    "Standing",
    "StaticEncoder",
    "StoreError",
    "TokenStates",
    "VectorStore",
    "Vectors",
    "WeightsMissing",
    "Words",
    "distinct_words",
    "document_frequencies",
    "encoder_choice",
    "find_model_files",
    "home_encoder",
    "in_force",
    "is_trained_here",
    "load_choice",
    "load_encoder",
    "own_key",
    "promoted_problem",
    "quantise",
    "rarity_of",
    "split_words",
    "standing",
    "standing_stamp",
    "stock_state",
    "telling_tokens",
    "titled",
    "unit",
    "weight_of_meaning",
    "write_adapted",
    "write_attentive",
    "write_standing",
    "write_static",
    "write_transformer",
]

from .network import OrientedPointsNetwork as OrientedPointsNetwork
from .network import Variant as Variant
from .prediction import Prediction as Prediction
from .prediction import predict as predict
from .weights import load_weights as load_weights
from .weights import network_of as network_of
from .weights import save_weights as save_weights
from .weights import shipped_weights as shipped_weights

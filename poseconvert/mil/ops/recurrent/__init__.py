"""MIL op family ``recurrent``, one file per cell.

Importing this package registers its ops.
"""

from poseconvert.mil.ops.recurrent import gru as gru
from poseconvert.mil.ops.recurrent import lstm as lstm
from poseconvert.mil.ops.recurrent import rnn as rnn

"""MIL op family ``image_resizing``, one file per idea.

Importing this package registers its ops.
"""

from poseconvert.mil.ops.image_resizing import crop as crop
from poseconvert.mil.ops.image_resizing import crop_resize as crop_resize
from poseconvert.mil.ops.image_resizing import resample as resample
from poseconvert.mil.ops.image_resizing import resize as resize
from poseconvert.mil.ops.image_resizing import upsample as upsample

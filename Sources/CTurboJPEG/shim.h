// Opens CTurboJPEG to Swift.
#include <turbojpeg.h>

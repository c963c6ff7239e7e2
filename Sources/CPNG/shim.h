// Opens CPNG to Swift.
#include <png.h>

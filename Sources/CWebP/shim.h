// Opens CWebP to Swift.
#include <webp/decode.h>

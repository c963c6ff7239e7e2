// Opens CLibYAML to Swift.
#include <yaml.h>

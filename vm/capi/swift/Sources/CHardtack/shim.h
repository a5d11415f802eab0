/* The libraries are built with WASI unless install.sh is told otherwise. */
#define HARDTACK_WASI 1
#include <hardtack.h>

#include <stddef.h>

#include "core/severity.h"

const char *const severity_words[SEVERITIES + 1] = {
    [SEVERITY_NOTICE] = "notice",
    [SEVERITY_WARNING] = "warning",
    [SEVERITY_URGENT] = "urgent",
};

#include "record/clock_word.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/time_text.h"
#include "corrections.h"
#include "small_file.h"

#define FILE_OF_WORD "clock-word"

char *clock_word_new(void)
{
    char when[TIME_TEXT_MAX];

    return xformat("{\"boot\":\"%s\",\"ahead_us\":%lld,\"when\":\"%s\"}\n", boot_id(),
                   (long long)clock_ahead_us(), time_text(clock_wall_us(), when));
}

bool clock_word_write(const char *state_dir, const char *word, struct error *err)
{
    int dir = open(state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool well = small_file_write(dir, FILE_OF_WORD, word, err);

    if (dir >= 0)
        close(dir);
    return well;
}

/* Of this boot, and the clock was not set since. */
static bool still_counts(const char *text)
{
    json_t *word = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    const char *boot = json_string_value(json_object_get(word, "boot"));
    const json_t *ahead = json_object_get(word, "ahead_us");
    bool counts = boot && strcmp(boot, boot_id()) == 0 && json_is_integer(ahead) &&
                  llabs(json_integer_value(ahead) - clock_ahead_us()) <= CLOCK_STEP_US;

    json_decref(word);
    return counts;
}

bool clock_word_recall(const char *state_dir)
{
    struct error err = { 0 };
    int dir = open(state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    char *text = small_file_read(dir, FILE_OF_WORD, &err);
    bool counts = text && still_counts(text);

    if (!text)
        log_warning("word on the clock not read", "why='%s'", err.text);
    if (counts)
        clock_trust();
    free(text);
    if (dir >= 0)
        close(dir);
    return counts;
}

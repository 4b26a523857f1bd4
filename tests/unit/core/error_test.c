/* What the system says of a failure, in words of ours. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "core/text.h"

static const int known[] = {
    ENOSPC,     EDQUOT,       EFBIG,     EIO,          EROFS,
    EACCES,     EPERM,        ENOENT,    EEXIST,       ENOTDIR,
    EISDIR,     ELOOP,        EBUSY,     ENAMETOOLONG, EMFILE,
    ENFILE,     ENOMEM,       EINVAL,    EADDRINUSE,   EADDRNOTAVAIL,
    ETIMEDOUT,  ECONNREFUSED, ENETUNREACH, ECONNRESET,  EHOSTUNREACH,
};

static void a_failure_is_told_in_the_language_of_the_thread(void **state)
{
    text_use(LANGUAGE_EN);
    assert_string_equal(error_of_system(ENOSPC), "the disk is full");
    text_use(LANGUAGE_VI);
    assert_string_equal(error_of_system(ENOSPC), "ổ đĩa đã đầy");
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        text_use(LANGUAGE_EN);
        char *english = xstrdup(error_of_system(known[i]));
        text_use(LANGUAGE_VI);
        if (strcmp(english, error_of_system(known[i])) == 0)
            fail_msg("\"%s\" has no Vietnamese", english);
        free(english);
    }
}

static void no_sentence_is_mixed_though_the_process_has_another_language(void **state)
{
    text_use(LANGUAGE_EN);
    for (int number = 0; number < 200; number++)
        for (const char *p = error_of_system(number); *p; p++)
            if ((unsigned char)*p >= 0x80)
                fail_msg("%d: %s", number, error_of_system(number));
}

static void a_number_that_is_none_is_told_too(void **state)
{
    text_use(LANGUAGE_EN);
    assert_string_equal(error_of_system(-1), "an unknown error");
    assert_string_equal(error_of_system(ENOTTY), strerrordesc_np(ENOTTY));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_is_told_in_the_language_of_the_thread),
        cmocka_unit_test(no_sentence_is_mixed_though_the_process_has_another_language),
        cmocka_unit_test(a_number_that_is_none_is_told_too),
    };

    text_open(LANGUAGE_VI);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

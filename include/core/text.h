/*
 * The two languages that kengd speaks, and UTF-8. The source is English; Vietnamese comes
 * from gettext's catalogue "kengd". A sentence is translated where it is made, in the
 * language that the thread has chosen (the site's, or for an answer the asker's).
 * Thread: any; the language is the thread's own and begins as the process's.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

enum language { LANGUAGE_VI, LANGUAGE_EN };

/* Once, at the start of a program, before threads: finds the catalogue (in
 * $KENGD_LOCALE_DIR, else where it was installed) and sets the process's language. */
void text_open(enum language of_process);

/* Returns the language that was in force. */
enum language text_use(enum language now);
enum language text_language(void);

/* "vi" or "en" for a tag such as "vi-VN,en;q=0.5" or "vi_VN.UTF-8"; else `fallback`. */
enum language text_language_named(const char *tag, enum language fallback);
const char *text_language_tag(enum language language);

/* The sentence in the thread's language. */
const char *text(const char *english) __attribute__((format_arg(1)));

#define _(english) text(english)
#define N_(english) english /* marked for translation, translated where it is shown */

bool text_is_utf8(const char *bytes, size_t size);

/* Ends a text that was cut to its room before a half character. */
void text_cut_utf8(char *text);

/* The next of words with spaces between, from `*at` on, cut to `room`; false: there is none. */
bool text_next_word(const char **at, char *to, size_t room);

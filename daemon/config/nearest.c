#include <stdlib.h>
#include <string.h>

#include "nearest.h"

/* Longer words are not compared: nobody mistypes so much of one. */
enum { WORD_MAX = 64 };

static int least(int a, int b, int c)
{
    int least_two = a < b ? a : b;

    return least_two < c ? least_two : c;
}

/* Optimal string alignment: Levenshtein's distance and swapped neighbours. */
int word_distance(const char *a, const char *b, int most)
{
    int rows[3][WORD_MAX + 1], *before = rows[0], *last = rows[1], *row = rows[2];
    int m = (int)strnlen(a, WORD_MAX + 1), n = (int)strnlen(b, WORD_MAX + 1);

    if (m > WORD_MAX || n > WORD_MAX || abs(m - n) > most)
        return most + 1;
    for (int j = 0; j <= n; j++)
        last[j] = j;
    for (int i = 1; i <= m; i++) {
        int best = row[0] = i;
        for (int j = 1; j <= n; j++) {
            row[j] = least(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                before[j - 2] + 1 < row[j])
                row[j] = before[j - 2] + 1;
            if (row[j] < best)
                best = row[j];
        }
        if (best > most)
            return most + 1;
        int *free_row = before;
        before = last;
        last = row;
        row = free_row;
    }
    return last[n];
}

struct nearest nearest_to(const char *wanted)
{
    /* A third of the letters, three at most: further away is another word. */
    int allowed = (int)strnlen(wanted, WORD_MAX) / 3;

    if (allowed < 1)
        allowed = 1;
    if (allowed > 3)
        allowed = 3;
    return (struct nearest){ .wanted = wanted, .distance = allowed + 1 };
}

void nearest_show(struct nearest *nearest, const char *word)
{
    int distance = word_distance(nearest->wanted, word, nearest->distance - 1);

    if (distance < nearest->distance) {
        nearest->distance = distance;
        nearest->word = word;
    }
}

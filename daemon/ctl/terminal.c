#include <qrencode.h>

#include "core/memory.h"
#include "terminal.h"

enum { QUIET = 2 }; /* modules around it; readers ask for 4, a terminal has its own margin */

static bool is_dark(const QRcode *code, int x, int y)
{
    bool inside = x >= 0 && y >= 0 && x < code->width && y < code->width;

    return inside && (code->data[y * code->width + x] & 1);
}

/* A character is two modules, one above the other. Light ones are drawn: the picture is
 * right on a dark ground; ESC[40;97m makes it so on a light one. */
bool terminal_qr(const char *text, FILE *to)
{
    static const char *const halves[2][2] = { { "█", "▀" }, { "▄", " " } };
    QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_L);

    if (!code)
        return false;
    for (int y = -QUIET; y < code->width + QUIET; y += 2) {
        fputs("\033[40;97m", to);
        for (int x = -QUIET; x < code->width + QUIET; x++)
            fputs(halves[is_dark(code, x, y)][is_dark(code, x, y + 1)], to);
        fputs("\033[0m\n", to);
    }
    QRcode_free(code);
    return true;
}

char *terminal_harmless(const char *from, bool lines)
{
    char *copy = xstrdup(from);

    for (unsigned char *p = (unsigned char *)copy; *p; p++)
        if ((*p < ' ' && !(lines && *p == '\n')) || *p == 0x7f)
            *p = ' ';
        else if (*p == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f) /* U+0080 to U+009F */
            p[0] = p[1] = ' ';
    return copy;
}

#include <qrencode.h>
#include <stdlib.h>

#include "core/bytes.h"
#include "pairing.h"

enum { QUIET = 4 }; /* modules of white around it, that readers need */

char *qr_svg(const char *text)
{
    QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
    struct bytes svg = { 0 };

    if (!code)
        return NULL;
    int side = code->width + 2 * QUIET;
    bytes_format(&svg,
                 "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
                 "shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h%dv%dH0z\"/>"
                 "<path d=\"",
                 side, side, side, side);
    for (int y = 0; y < code->width; y++)
        for (int x = 0; x < code->width; x++)
            if (code->data[y * code->width + x] & 1)
                bytes_format(&svg, "M%d %dh1v1h-1z", x + QUIET, y + QUIET);
    bytes_format(&svg, "\"/></svg>");
    QRcode_free(code);
    return bytes_take(&svg);
}

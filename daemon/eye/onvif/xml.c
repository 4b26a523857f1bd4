#include "xml.h"

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/text.h"

/* What a reading has seen; hangs on the parser. */
struct bounds {
    int depth, elements;
    const char *why;
};

static void stop(xmlParserCtxt *parser, const char *why)
{
    struct bounds *bounds = parser->_private;

    if (!bounds->why)
        bounds->why = why;
    xmlStopParser(parser);
}

/* Without a document type there are no entities to grow. */
static void on_document_type(void *parser, const xmlChar *name, const xmlChar *public_id,
                             const xmlChar *system_id)
{
    stop(parser, "a document type");
}

static void on_begin(void *context, const xmlChar *name, const xmlChar *prefix,
                     const xmlChar *space, int space_count, const xmlChar **spaces,
                     int attribute_count, int defaulted, const xmlChar **attributes)
{
    xmlParserCtxt *parser = context;
    struct bounds *bounds = parser->_private;

    if (++bounds->depth > XML_DEPTH_MAX)
        stop(parser, "elements too deep");
    else if (++bounds->elements > XML_ELEMENTS_MAX)
        stop(parser, "too many elements");
    else
        xmlSAX2StartElementNs(context, name, prefix, space, space_count, spaces,
                              attribute_count, defaulted, attributes);
}

static void on_end(void *context, const xmlChar *name, const xmlChar *prefix,
                   const xmlChar *space)
{
    xmlParserCtxt *parser = context;
    struct bounds *bounds = parser->_private;

    bounds->depth--;
    xmlSAX2EndElementNs(context, name, prefix, space);
}

static xmlParserInput *no_entity(const char *url, const char *id, xmlParserCtxt *parser)
{
    return NULL;
}

static void silent(void *context, const char *format, ...)
{
}

void xml_prepare(void)
{
    xmlInitParser();
    xmlSetExternalEntityLoader(no_entity);
    xmlSetGenericErrorFunc(NULL, silent);
    xmlDoc *first = xmlReadMemory("<a/>", 4, NULL, "UTF-8", XML_PARSE_NONET);
    xmlFreeDoc(first);
}

xmlDoc *xml_read(const uint8_t *bytes, size_t size, const char **why)
{
    struct bounds bounds = { 0 };
    xmlParserCtxt *parser = xmlNewParserCtxt();
    int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
                  XML_PARSE_IGNORE_ENC | XML_PARSE_NOCDATA | XML_PARSE_NOBLANKS;

    if (!parser)
        abort(); /* out of memory */
    parser->_private = &bounds;
    parser->sax->internalSubset = on_document_type;
    parser->sax->externalSubset = on_document_type;
    parser->sax->startElementNs = on_begin;
    parser->sax->endElementNs = on_end;
    parser->sax->processingInstruction = NULL;
    parser->sax->comment = NULL;
    char *clean = xmalloc(size + 1);
    if (size > 0)
        memcpy(clean, bytes, size);
    clean[size] = 0;
    /* Some devices send names in another encoding; what cannot be read is marked. */
    if (!text_is_utf8(clean, size))
        for (size_t i = 0; i < size; i++)
            if ((unsigned char)clean[i] >= 0x80)
                clean[i] = '?';
    xmlDoc *doc = xmlCtxtReadMemory(parser, clean, (int)size, NULL, "UTF-8", options);
    free(clean);
    *why = bounds.why ? bounds.why : "no XML";
    if (bounds.why || !doc || !xmlDocGetRootElement(doc)) {
        xmlFreeDoc(doc);
        doc = NULL;
    }
    xmlFreeParserCtxt(parser);
    return doc;
}

/* ---- finding ------------------------------------------------------------------------ */

bool xml_is(const xmlNode *node, const char *space, const char *name)
{
    return node->type == XML_ELEMENT_NODE && node->ns && node->ns->href &&
           strcmp((const char *)node->name, name) == 0 &&
           strcmp((const char *)node->ns->href, space) == 0;
}

static const xmlNode *first_of(const xmlNode *at, const char *space, const char *name)
{
    while (at && !xml_is(at, space, name))
        at = at->next;
    return at;
}

const xmlNode *xml_child(const xmlNode *of, const char *space, const char *name)
{
    return of ? first_of(of->children, space, name) : NULL;
}

const xmlNode *xml_next(const xmlNode *at, const char *space, const char *name)
{
    return first_of(at->next, space, name);
}

/* Depth is bounded by XML_DEPTH_MAX. */
const xmlNode *xml_find(const xmlNode *below, const char *space, const char *name)
{
    for (const xmlNode *at = below ? below->children : NULL; at; at = at->next) {
        const xmlNode *found = xml_is(at, space, name) ? at : xml_find(at, space, name);
        if (found)
            return found;
    }
    return NULL;
}

/* ---- texts -------------------------------------------------------------------------- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void copy_text(const char *from, char *to, size_t room)
{
    size_t size, used = 0;

    while (is_blank(*from))
        from++;
    size = strlen(from);
    while (size > 0 && is_blank(from[size - 1]))
        size--;
    for (size_t i = 0; i < size && used + 1 < room; i++) {
        unsigned char c = (unsigned char)from[i];
        to[used++] = c < ' ' || c == 127 ? ' ' : from[i];
    }
    to[used] = 0;
    text_cut_utf8(to);
}

void xml_text(const xmlNode *node, char *to, size_t room)
{
    const xmlNode *text = node ? node->children : NULL;

    while (text && text->type != XML_TEXT_NODE)
        text = text->next;
    copy_text(text && text->content ? (const char *)text->content : "", to, room);
}

void xml_attribute(const xmlNode *node, const char *name, char *to, size_t room)
{
    const xmlAttr *at = node ? node->properties : NULL;

    while (at && (at->ns || strcmp((const char *)at->name, name) != 0))
        at = at->next;
    xml_text((const xmlNode *)at, to, room);
}

int xml_number(const xmlNode *node, int most)
{
    char text[16];
    char *end;

    xml_text(node, text, sizeof text);
    double value = strtod(text, &end);
    return end > text && value >= 0 && value <= most ? (int)value : 0;
}

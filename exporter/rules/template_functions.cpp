#include "rules/template_functions.h"

#include <algorithm>
#include <array>

namespace litewatch {
namespace {

constexpr auto kFunctions = std::to_array<std::string_view>({"and",
                                                             "args",
                                                             "block",
                                                             "break",
                                                             "call",
                                                             "continue",
                                                             "define",
                                                             "else",
                                                             "end",
                                                             "eq",
                                                             "externalURL",
                                                             "first",
                                                             "ge",
                                                             "graphLink",
                                                             "gt",
                                                             "html",
                                                             "humanize",
                                                             "humanize1024",
                                                             "humanizeDuration",
                                                             "humanizePercentage",
                                                             "humanizeTimestamp",
                                                             "if",
                                                             "index",
                                                             "js",
                                                             "label",
                                                             "le",
                                                             "len",
                                                             "lt",
                                                             "match",
                                                             "ne",
                                                             "not",
                                                             "or",
                                                             "parseDuration",
                                                             "pathPrefix",
                                                             "print",
                                                             "printf",
                                                             "println",
                                                             "query",
                                                             "range",
                                                             "reReplaceAll",
                                                             "safeHtml",
                                                             "slice",
                                                             "sortByLabel",
                                                             "stripDomain",
                                                             "stripPort",
                                                             "strvalue",
                                                             "tableLink",
                                                             "template",
                                                             "title",
                                                             "toLower",
                                                             "toTime",
                                                             "toUpper",
                                                             "urlquery",
                                                             "value",
                                                             "with"});

}  // namespace

bool is_template_function(std::string_view name) {
  return std::find(kFunctions.begin(), kFunctions.end(), name) != kFunctions.end();
}

}  // namespace litewatch

#include "web/status_page.h"

namespace litewatch {
std::string render_status_page(const Page&, std::string_view, std::string_view, Moment) { return "<!doctype html>"; }
const std::string& status_page_policy() { static const std::string p = "default-src 'none'"; return p; }
}

#pragma once

#include <string>

namespace litewatch {

/// The man pages, in the macros of man(7); the same text for the same version.
std::string litewatch_man_page();
std::string litetool_man_page();

}  // namespace litewatch

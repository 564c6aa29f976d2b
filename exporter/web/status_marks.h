#pragma once

#include <span>
#include <string>

#include "publish/status.h"

namespace litewatch {

/// The last looks at a thing as a small SVG: one bar each, oldest first, the newest at the right
/// edge, coloured by class and never by a style attribute; empty where there are none. A bar is as
/// high as the square root of its value, so that one time-out does not flatten the others, and one
/// that failed is never low. Says in words what it shows.
std::string marks_svg(std::span<const StatusMark> marks);

}  // namespace litewatch

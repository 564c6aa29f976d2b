#pragma once

#include <random>

#include "probe/options.h"

namespace litewatch {

/// A random configuration of the prober in the form in which it is loaded, with hostile texts in it
/// but nothing that to_yaml masks.
ProberConfig random_probes(std::mt19937_64& random);

}  // namespace litewatch

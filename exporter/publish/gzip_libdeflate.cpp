#include <libdeflate.h>

#include <new>

#include "publish/gzip.h"

namespace litewatch {
namespace {

constexpr int kLevel = 1;

}  // namespace

struct Gzip::State {
  State() : compressor(libdeflate_alloc_compressor(kLevel)) {
    if (compressor == nullptr) throw std::bad_alloc();
  }
  ~State() { libdeflate_free_compressor(compressor); }

  libdeflate_compressor* compressor;
};

Gzip::Gzip() = default;
Gzip::~Gzip() = default;

Gzip::State& Gzip::state() {
  if (!state_) state_ = std::make_unique<State>();
  return *state_;
}

std::size_t Gzip::bound(std::size_t size) {
  return libdeflate_gzip_compress_bound(state().compressor, size);
}

std::size_t Gzip::compress(std::string_view text, std::span<char> into) {
  return libdeflate_gzip_compress(state().compressor, text.data(), text.size(), into.data(),
                                  into.size());
}

}  // namespace litewatch

#include "probe/run/schedule.h"

#include <algorithm>
#include <cmath>

namespace litewatch {
namespace {

constexpr double kFirstRoundPer_s = 500;

/// A run off the grid may stand so close before one on the grid that the latter takes its place:
/// up to half of the distance they would otherwise have.
constexpr double kCloseToGrid = 1.5;

}  // namespace

double schedule_phase(std::string_view name) {
  std::uint64_t hash = 0xCBF29CE484222325;  // FNV-1a
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3;
  // Its high bits hardly depend on the last bytes, which are what numbered names differ in: stir
  // (the finaliser of MurmurHash3).
  hash = (hash ^ (hash >> 33)) * 0xFF51AFD7ED558CCD;
  hash = (hash ^ (hash >> 33)) * 0xC4CEB9FE1A85EC53;
  hash ^= hash >> 33;
  return static_cast<double>(hash >> 11) * 0x1p-53;
}

double next_on_grid(double after_s, double interval_s, double phase) {
  const double due_s = (std::floor(after_s / interval_s - phase) + 1 + phase) * interval_s;
  return due_s > after_s ? due_s : due_s + interval_s;  // rounding
}

double first_due_s(double now_s, double interval_s, double phase, std::size_t count) {
  return now_s + phase * std::min(interval_s, static_cast<double>(count) / kFirstRoundPer_s);
}

void Schedule::add(Id id, Terms terms, double due_s) {
  Entry& entry = entries_[id];
  if (terms.failing_interval_s <= 0 || terms.failing_interval_s > terms.interval_s) {
    terms.failing_interval_s = terms.interval_s;
  }
  entry.terms = std::move(terms);
  set_due(id, entry, due_s);
}

void Schedule::remove(Id id) {
  const auto entry = entries_.find(id);
  if (entry == entries_.end()) return;
  agenda_.erase({entry->second.due_s, id});
  entries_.erase(entry);
  room_.leave(id);
}

void Schedule::set_due(Id id, Entry& entry, double due_s) {
  agenda_.erase({entry.due_s, id});
  entry.due_s = due_s;
  agenda_.emplace(due_s, id);
}

/// Queues up whoever is due, and makes out when each is due again.
void Schedule::pass_due(double now_s, Turn& turn) {
  while (!agenda_.empty() && agenda_.begin()->first <= now_s) {
    const Id id = agenda_.begin()->second;
    Entry& entry = entries_.at(id);
    const Terms& terms = entry.terms;
    // Not at once again after a run off the grid: the first one, or one while it fails.
    const double soonest_s = now_s + terms.failing_interval_s / 2;
    set_due(id, entry, next_on_grid(soonest_s, terms.interval_s, terms.phase));
    if (entry.busy) {
      turn.skipped.push_back(id);
      continue;
    }
    entry.busy = true;
    entry.waiting_since_s = now_s;
    room_.wait(id, terms.host, entry.failing);
  }
}

void Schedule::advance(double now_s, Turn& turn) {
  turn.starts.clear();
  turn.skipped.clear();
  pass_due(now_s, turn);
  while (const auto id = room_.admit()) {
    turn.starts.push_back({*id, now_s - entries_.at(*id).waiting_since_s});
  }
}

void Schedule::finish(Id id, bool success, double now_s) {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  entry.busy = false;
  entry.failing = !success;
  room_.leave(id);
  const double pause_s = entry.terms.failing_interval_s;
  if (!success && now_s + pause_s * kCloseToGrid < entry.due_s) set_due(id, entry, now_s + pause_s);
}

std::optional<double> Schedule::wake_s() const {
  if (agenda_.empty()) return std::nullopt;
  return agenda_.begin()->first;
}

}  // namespace litewatch

#pragma once

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/ranges.h>

#include "core/config/describe.hpp"
#include "core/config/import_ini_names.hpp"
#include "core/config/ini_text.hpp"
#include "core/config/suggest.hpp"
#include "core/result.hpp"

namespace rhizome::config::ini {

/// The entry of a table that has this name there; null: none.
template <class Named>
[[nodiscard]] const Named* find_name(const std::vector<Named>& all, std::string_view name) {
  const auto found = std::ranges::find(all, name, &Named::from);
  return found == all.end() ? nullptr : &*found;
}

/// An INI file on its way to TOML: remembers which keys were asked for, what was written, and the first error.
class conversion {
public:
  conversion(std::vector<ini_section> sections, std::string_view source)
      : sections_(std::move(sections)), source_(source) {}

  // -- the INI file
  /// The key's entry; null if it is not there.
  const ini_entry* look(std::string_view section, std::string_view key);
  [[nodiscard]] std::string text(std::string_view section, std::string_view key, std::string_view otherwise = {});
  [[nodiscard]] bool boolean(std::string_view section, std::string_view key, bool otherwise);
  [[nodiscard]] bool was_asked_for(std::string_view section, std::string_view key) const {
    return asked_for_.contains({std::string(section), std::string(key)});
  }
  /// Takes one key over, under its name here. Whether it was there.
  bool take(std::string_view section, const key_name& key, std::string_view to_section);
  /// Notes the keys that nobody has asked for, with the reason.
  void note_what_is_left();

  // -- the TOML file
  void set(std::string_view section, std::string_view key, std::string value);
  void leave_out(std::string_view section);
  void note(std::string sentence) { notes_.push_back(std::move(sentence)); }
  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }
  [[nodiscard]] std::string print() const;

  // -- errors: the first one counts
  /// At an entry, or of the file as a whole.
  void wrong(const ini_entry* at, std::string sentence);
  /// A class that is none of the known ones.
  template <class Named>
  void no_counterpart(std::string_view section, std::string_view key, const std::vector<Named>& known) {
    std::vector<std::string> names;
    for (const auto& one : known)
      names.emplace_back(one.from);
    const auto* entry = look(section, key);
    if (entry == nullptr)
      wrong(nullptr, fmt::format("[{}] has no {}; expected one of {}", section, key, fmt::join(names, ", ")));
    else
      wrong(entry, fmt::format("{}: {} has no counterpart{}; expected one of {}", key, one_line(entry->value),
                               did_you_mean(entry->value, names), fmt::join(names, ", ")));
  }
  [[nodiscard]] const std::optional<error>& first_error() const { return error_; }

private:
  std::vector<ini_section> sections_;
  std::string source_;
  std::set<std::pair<std::string, std::string>> asked_for_;
  std::vector<std::pair<std::string, std::vector<std::pair<std::string, std::string>>>> toml_;
  std::vector<std::string> notes_;
  std::optional<error> error_;
};

} // namespace rhizome::config::ini

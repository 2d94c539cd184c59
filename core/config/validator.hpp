#pragma once

#include <compare>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/schema.hpp"
#include "core/config/toml_text.hpp"

namespace rhizome::config {

/// Turns the entries of a TOML text and the arguments of `--set` into a document, or into the list of everything that
/// is wrong with them. Used once; `parse` is its interface.
class validator {
public:
  /// The arguments must outlive the validator.
  validator(const schema& schema, std::string source, std::span<const std::string> overrides);

  [[nodiscard]] result<document> run(const std::vector<toml_entry>& entries);

private:
  /// The file, or with `argument` > 0 that argument of `--set`, counted from 1. In the order in which problems are
  /// told.
  struct place {
    std::size_t argument = 0;
    position where;
    friend auto operator<=>(const place&, const place&) = default;
  };

  /// A key that somebody set.
  struct setting {
    toml_value value;
    place at;
    std::string plain = {}; ///< the override's value as it was typed
  };

  /// A section as far as it was given.
  struct given_section {
    std::optional<position> header;
    std::map<std::string, setting> settings;
  };

  struct finding {
    place at;
    std::string sentence;
  };

  void collect(const std::vector<toml_entry>& entries);
  void collect_section(const std::string& name, const toml_entry& entry);
  void unknown_section(const toml_entry& entry);
  void apply_override(std::size_t argument);
  void leave_out_keys_of_other_variants(const section_schema& schema, given_section& given,
                                        const std::string& new_variant);
  section validate(const section_schema& schema);
  std::optional<std::string> chosen_variant(const section_schema& schema, const given_section& given);
  void unfit_key(const section_schema& schema, const std::string& variant_name, const std::string& name, place at);
  std::optional<value> convert_setting(const setting& s, const key& k, const std::string& full_name);
  void check_combinations(const document& validated);
  void combination(const document& validated, const problem& p);

  [[nodiscard]] bool leads_to_section(std::string_view prefix) const;
  [[nodiscard]] std::string no_such_section(std::string_view name) const;
  void add(place at, std::string sentence);
  [[nodiscard]] error all_findings();

  const schema& schema_;
  std::string source_;
  std::span<const std::string> overrides_;
  std::map<std::string, given_section> given_;
  std::vector<finding> findings_;
};

} // namespace rhizome::config

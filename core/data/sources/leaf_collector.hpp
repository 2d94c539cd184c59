#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace rhizome::data::sources {

/// Follows the events of a parser instead of building a tree: LEAF's files are of hundreds of megabytes. Containers
/// nest as { user_data { user { field ...: a user's fields are named at depth 3, and their contents begin there. What
/// they are is for derived classes to say.
class leaf_collector : public nlohmann::json::json_sax_t {
public:
  bool key(string_t& name) override {
    if (depth_ == 1)
      in_users_ = name == "user_data";
    else if (depth_ == 2 && in_users_) {
      user_ = name;
      begin_user(name);
    } else if (depth_ == 3 && in_users_)
      field_ = name;
    return true;
  }

  bool end_object() override {
    --depth_;
    if (depth_ != 2 || !in_users_)
      return true;
    found_users_ = true;
    field_.clear();
    problem_ = end_user();
    return problem_.empty();
  }

  bool end_array() override {
    --depth_;
    return true;
  }

  bool number_integer(number_integer_t value) override { return number(static_cast<double>(value)); }
  bool number_unsigned(number_unsigned_t value) override { return number(static_cast<double>(value)); }
  bool number_float(number_float_t value, const string_t&) override { return number(value); }
  bool null() override { return other("null"); }
  bool boolean(bool) override { return other("a truth value"); }
  bool binary(binary_t&) override { return other("bytes"); }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    problem_ = fmt::format("is not valid JSON: something is wrong at byte {}", position);
    return false;
  }

  /// What is wrong with the file; empty if nothing is.
  [[nodiscard]] std::string problem() const {
    return !problem_.empty() || found_users_ ? problem_ : "has no users: expected an object \"user_data\"";
  }

protected:
  virtual void begin_user(const std::string& name) = 0;
  /// What is wrong with the user that is complete; empty if nothing is.
  virtual std::string end_user() = 0;
  /// Whether this is a place where only what `expected` says may stand.
  [[nodiscard]] virtual bool is_ruled() const = 0;
  /// The end of a sentence on what does not belong in the field.
  [[nodiscard]] virtual std::string_view expected() const = 0;
  virtual bool number(double) { return other("a number"); }

  /// How many containers are open.
  [[nodiscard]] std::size_t depth() const { return depth_; }
  [[nodiscard]] bool in(std::string_view field) const { return in_users_ && field_ == field; }

  /// A list or object begins.
  bool open(bool allowed) {
    ++depth_;
    return allowed || other("a list or object");
  }

  /// Something that may only stand where nothing is ruled.
  bool other(std::string_view what) {
    if (!is_ruled())
      return true;
    problem_ = fmt::format("has {} in \"{}\" of the user \"{}\", expected {}", what, field_, user_, expected());
    return false;
  }

private:
  std::size_t depth_ = 0;
  bool in_users_ = false;
  bool found_users_ = false;
  std::string user_;
  std::string field_;
  std::string problem_;
};

} // namespace rhizome::data::sources

#include <nlohmann/json.hpp>

#include "core/data/sources/leaf_json.hpp"

namespace rhizome::data::sources {

namespace {

using nlohmann::json;

/// Follows the events of a parser. Containers nest as { user_data { user { x [ comment [ piece [] ] ],
/// y [ comment { target_tokens [ piece [] ] } ] } } }: a token of x is at depth 6, one of y at depth 7.
class comment_collector final : public json::json_sax_t {
public:
  explicit comment_collector(const leaf_comments_visitor& visit) : visit_(visit) {}

  bool key(string_t& name) override {
    if (depth_ == 1)
      in_users_ = name == "user_data";
    else if (depth_ == 2 && in_users_) {
      user_ = {};
      user_.name = name;
    } else if (depth_ == 3 && in_users_) {
      field_ = name;
      in_targets_ = false;
    } else if (depth_ == 5 && in("y"))
      in_targets_ = name == "target_tokens";
    return true;
  }

  bool start_object(std::size_t) override {
    const bool comment_of_y = in("y") && depth_ == 4;
    return open(!in_tokens() || comment_of_y);
  }

  bool end_object() override {
    --depth_;
    if (depth_ == 4)
      in_targets_ = false;
    if (depth_ != 2 || !in_users_)
      return true;
    found_users_ = true;
    field_.clear();
    return check_user();
  }

  bool start_array(std::size_t) override {
    if (in("x") && depth_ == 5)
      user_.pieces.emplace_back();
    if (in_targets_ && depth_ == 6)
      user_.targets.emplace_back();
    return open(depth_ < list_depth() || !in_tokens());
  }

  bool end_array() override {
    --depth_;
    return true;
  }

  bool string(string_t& text) override {
    if (!in_tokens())
      return true;
    if (depth_ != list_depth() || !(in("x") || in_targets_))
      return other("a text");
    (in_targets_ ? user_.targets : user_.pieces).back().push_back(std::move(text));
    return true;
  }

  bool number_integer(number_integer_t) override { return other("a number"); }
  bool number_unsigned(number_unsigned_t) override { return other("a number"); }
  bool number_float(number_float_t, const string_t&) override { return other("a number"); }
  bool null() override { return other("null"); }
  bool boolean(bool) override { return other("a truth value"); }
  bool binary(binary_t&) override { return other("bytes"); }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    problem_ = fmt::format("is not valid JSON: something is wrong at byte {}", position);
    return false;
  }

  /// What is wrong with the file; empty if nothing is.
  std::string problem() const {
    return !problem_.empty() || found_users_ ? problem_ : "has no users: expected an object \"user_data\"";
  }

private:
  bool in(std::string_view field) const { return in_users_ && field_ == field; }
  /// Where only tokens and lists of them are allowed.
  bool in_tokens() const { return in("x") || in_targets_ || (in("y") && depth_ <= 4); }
  /// How deep lists go; tokens stand there.
  std::size_t list_depth() const { return in_targets_ ? 7 : in("y") ? 4 : 6; }

  bool open(bool allowed) {
    ++depth_;
    return allowed || other("a list or object");
  }

  bool other(std::string_view what) {
    if (!in_tokens())
      return true;
    problem_ = fmt::format("has {} in \"{}\" of the user \"{}\", expected {}", what, field_, user_.name,
                           field_ == "x" ? "comments: lists of lists of tokens"
                                         : "an object with \"target_tokens\" for each comment");
    return false;
  }

  bool check_user() {
    if (user_.pieces.size() != user_.targets.size())
      problem_ = fmt::format("has {} pieces of comments \"x\" but {} \"target_tokens\" of the user \"{}\"",
                             user_.pieces.size(), user_.targets.size(), user_.name);
    else if (auto good = visit_(user_); !good)
      problem_ = good.error().message;
    return problem_.empty();
  }

  const leaf_comments_visitor& visit_;
  std::size_t depth_ = 0;
  bool in_users_ = false;
  bool in_targets_ = false;
  bool found_users_ = false;
  std::string field_;
  leaf_commenter user_;
  std::string problem_;
};

} // namespace

result<void> read_leaf_comments(const std::filesystem::path& directory, const leaf_comments_visitor& visit) {
  return for_each_leaf_file(directory, [&visit](const std::string& text) {
    comment_collector collector(visit);
    json::sax_parse(text, &collector);
    return collector.problem();
  });
}

} // namespace rhizome::data::sources

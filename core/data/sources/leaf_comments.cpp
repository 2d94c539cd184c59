#include <utility>

#include "core/data/sources/leaf_collector.hpp"
#include "core/data/sources/leaf_json.hpp"

namespace rhizome::data::sources {

namespace {

/// Of a user { x [ comment [ piece [] ] ], y [ comment { target_tokens [ piece [] ] } ] }: a token of x is at depth 6,
/// one of y at depth 7.
class comment_collector final : public leaf_collector {
public:
  explicit comment_collector(const leaf_comments_visitor& visit) : visit_(visit) {}

  bool key(string_t& name) override {
    if (depth() == 3)
      in_targets_ = false;
    else if (depth() == 5 && in("y"))
      in_targets_ = name == "target_tokens";
    return leaf_collector::key(name);
  }

  bool start_object(std::size_t) override {
    const bool comment_of_y = in("y") && depth() == 4;
    return open(!is_ruled() || comment_of_y);
  }

  bool end_object() override {
    const bool good = leaf_collector::end_object();
    if (depth() == 4)
      in_targets_ = false;
    return good;
  }

  bool start_array(std::size_t) override {
    if (in("x") && depth() == 5)
      user_.pieces.emplace_back();
    if (in_targets_ && depth() == 6)
      user_.targets.emplace_back();
    return open(depth() < list_depth() || !is_ruled());
  }

  bool string(string_t& text) override {
    if (!is_ruled())
      return true;
    if (depth() != list_depth() || !(in("x") || in_targets_))
      return other("a text");
    (in_targets_ ? user_.targets : user_.pieces).back().push_back(std::move(text));
    return true;
  }

private:
  void begin_user(const std::string& name) override {
    user_ = {};
    user_.name = name;
  }

  std::string end_user() override {
    if (user_.pieces.size() != user_.targets.size())
      return fmt::format("has {} pieces of comments \"x\" but {} \"target_tokens\" of the user \"{}\"",
                         user_.pieces.size(), user_.targets.size(), user_.name);
    const auto good = visit_(user_);
    return good ? std::string() : good.error().message;
  }

  /// Where only tokens and lists of them are allowed.
  bool is_ruled() const override { return in("x") || in_targets_ || (in("y") && depth() <= 4); }

  std::string_view expected() const override {
    return in("x") ? "comments: lists of lists of tokens" : "an object with \"target_tokens\" for each comment";
  }

  /// How deep lists go; tokens stand there.
  std::size_t list_depth() const { return in_targets_ ? 7 : in("y") ? 4 : 6; }

  const leaf_comments_visitor& visit_;
  bool in_targets_ = false;
  leaf_commenter user_;
};

} // namespace

result<void> read_leaf_comments(const std::filesystem::path& directory, const leaf_comments_visitor& visit) {
  return for_each_leaf_file(directory, [&visit](const std::string& text) {
    comment_collector collector(visit);
    nlohmann::json::sax_parse(text, &collector);
    return collector.problem();
  });
}

} // namespace rhizome::data::sources

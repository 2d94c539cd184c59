#include "core/learning/learner.hpp"

#include <utility>

namespace rhizome::learning {

effects learner::handle(event e, run_time now) {
  now_ = now;
  effects out;
  if (stopped_)
    return out;
  struct dispatch {
    learner& self;
    effects& out;
    void operator()(started&) const { self.on_start(out); }
    void operator()(view_arrived& v) const { self.on_view(v.round, std::move(v.view), out); }
    void operator()(fragment_arrived& f) const { self.on_fragment(std::move(f.fragment), out); }
    void operator()(computed& c) const { self.on_computed(c.job, std::move(c.result), out); }
    void operator()(peer_changed& p) const { self.on_peer_changed(p, out); }
    void operator()(timer_fired& t) const { self.on_timer(t.timer, out); }
    void operator()(stopped&) const { self.stopped_ = true; }
  };
  std::visit(dispatch{*this, out}, e);
  return out;
}

void learner::on_peer_changed(const peer_changed&, effects&) {}

void learner::on_timer(token, effects&) {}

void learner::send_to(fragment f, std::vector<node_id> receivers, effects& out) {
  if (receivers.empty())
    return;
  bytes_sent_ += f.wire_size() * receivers.size();
  out.emplace_back(send{std::move(f), std::move(receivers)});
}

} // namespace rhizome::learning

#include "actors/can_connect.hpp"

#include <cerrno>
#include <cstring>
#include <future>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "actors/sockets.hpp"

namespace rhizome::actors {

namespace {

using time_point = std::chrono::steady_clock::time_point;

struct address_list_free {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

/// Addresses of a host, or the reason of getaddrinfo why there are none.
struct resolution {
  int reason = EAI_NONAME;
  std::unique_ptr<addrinfo, address_list_free> addresses;
};

resolution resolve(const std::string& host, std::uint16_t port, int flags) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | flags;
  addrinfo* list = nullptr;
  resolution found;
  found.reason = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
  if (found.reason == 0)
    found.addresses.reset(list);
  return found;
}

/// Asks the name service in a thread of its own, for getaddrinfo knows no deadline; a thread that is late ends by
/// itself. EAI_AGAIN if the time is over.
resolution resolve_until(const std::string& host, std::uint16_t port, time_point deadline) {
  if (auto numeric = resolve(host, port, AI_NUMERICHOST); numeric.addresses)
    return numeric;
  std::promise<resolution> promise;
  auto answer = promise.get_future();
  std::thread([promise = std::move(promise), host, port]() mutable {
    promise.set_value(resolve(host, port, 0));
  }).detach();
  if (answer.wait_until(deadline) == std::future_status::ready)
    return answer.get();
  return {EAI_AGAIN, nullptr};
}

/// Connection attempts to all addresses of a host at once, so that one which answers nothing holds up no other.
class attempts {
public:
  attempts() = default;
  attempts(const attempts&) = delete;
  attempts& operator=(const attempts&) = delete;
  ~attempts() {
    for (const auto& socket : open_)
      close(socket.fd);
  }

  void start(const addrinfo& address) {
    const int fd = socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
    if (fd < 0) {
      failure_ = errno;
      return;
    }
    open_.push_back({fd, POLLOUT, 0});
    if (connect(fd, address.ai_addr, address.ai_addrlen) == 0)
      succeed(fd);
    else if (errno != EINPROGRESS)
      give_up(open_.size() - 1, errno);
  }

  /// 0 if an attempt succeeds, ETIMEDOUT if the time is over, else the reason of the last one that failed.
  int wait_until(time_point deadline) {
    while (!succeeded_ && !open_.empty()) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
      if (left.count() <= 0)
        return ETIMEDOUT;
      if (poll(open_.data(), open_.size(), static_cast<int>(left.count())) < 0 && errno != EINTR)
        return errno;
      for (std::size_t i = open_.size(); i-- > 0;)
        if (open_[i].revents != 0)
          finish(i);
    }
    return succeeded_ ? 0 : failure_;
  }

  /// Of an attempt that has succeeded.
  [[nodiscard]] const socket_address& peer() const { return peer_; }

private:
  void succeed(int fd) {
    succeeded_ = true;
    peer_ = peer_of(fd).value_or(socket_address());
  }

  void finish(std::size_t i) {
    int reason = 0;
    socklen_t size = sizeof reason;
    getsockopt(open_[i].fd, SOL_SOCKET, SO_ERROR, &reason, &size);
    if (reason == 0 && connected_to_itself(open_[i].fd))
      reason = ECONNREFUSED;
    if (reason == 0)
      succeed(open_[i].fd);
    else
      give_up(i, reason);
  }

  /// A socket that connects to a free port of its own machine may be given just that port, and then talks to itself.
  static bool connected_to_itself(int fd) {
    sockaddr_storage local{};
    sockaddr_storage peer{};
    socklen_t local_size = sizeof local;
    socklen_t peer_size = sizeof peer;
    return getsockname(fd, reinterpret_cast<sockaddr*>(&local), &local_size) == 0 &&
           getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &peer_size) == 0 && local_size == peer_size &&
           std::memcmp(&local, &peer, local_size) == 0;
  }

  void give_up(std::size_t i, int reason) {
    // "Nobody listens" says most: it comes from the machine itself.
    if (failure_ != ECONNREFUSED)
      failure_ = reason;
    close(open_[i].fd);
    open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(i));
  }

  std::vector<pollfd> open_;
  bool succeeded_ = false;
  socket_address peer_;
  int failure_ = EADDRNOTAVAIL;
};

double in_seconds(std::chrono::milliseconds time) {
  return std::chrono::duration<double>(time).count();
}

} // namespace

result<socket_address> can_connect(const std::string& host, std::uint16_t port, std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  const auto found = resolve_until(host, port, deadline);
  if (!found.addresses)
    return fail(error_kind::invalid_input, "unknown host {}: {}", host, gai_strerror(found.reason));
  attempts all;
  for (const auto* address = found.addresses.get(); address != nullptr; address = address->ai_next)
    all.start(*address);
  const auto place = to_string({host, port});
  switch (const int reason = all.wait_until(deadline)) {
  case 0:
    return all.peer();
  case ECONNREFUSED:
    return fail(error_kind::failed, "nobody listens at {}", place);
  case ETIMEDOUT:
    return fail(error_kind::failed, "no answer from {} within {:g} s", place, in_seconds(timeout));
  default:
    return fail(error_kind::failed, "no connection to {}: {}", place, std::strerror(reason));
  }
}

} // namespace rhizome::actors

#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>

#include "tests/support/loopback.hpp"
#include "tests/support/network_namespace.hpp"

namespace rhizome::tests {

/// A cable between two interfaces of this network that delays every frame and loses some: what tc's netem does, for
/// kernels without it.
class slow_cable {
public:
  struct quality {
    std::chrono::milliseconds delay{20};
    std::uint32_t loss_per_mille = 10;
  };

  slow_cable(const std::string& a, const std::string& b, quality q)
      : quality_(q), ends_{listen_on(a), listen_on(b)}, worker_([this] { work(); }) {}
  ~slow_cable() {
    stopping_ = true;
    worker_.join();
  }
  slow_cable(const slow_cable&) = delete;
  slow_cable& operator=(const slow_cable&) = delete;

  [[nodiscard]] std::uint64_t lost() const { return lost_; }

private:
  using clock = std::chrono::steady_clock;
  struct frame {
    clock::time_point due;
    std::vector<char> bytes;
  };

  /// A socket that reads and writes whole frames. What the kernel has left undone about them, segments and checksums,
  /// is said in a header that goes with each.
  static descriptor listen_on(const std::string& interface) {
    descriptor made(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    must(made.is_open(), "socket of packets");
    const int yes = 1;
    const int buffer = 32 << 20;
    must(setsockopt(made.number(), SOL_PACKET, PACKET_IGNORE_OUTGOING, &yes, sizeof yes) == 0,
         "PACKET_IGNORE_OUTGOING");
    must(setsockopt(made.number(), SOL_PACKET, PACKET_VNET_HDR, &yes, sizeof yes) == 0, "PACKET_VNET_HDR");
    setsockopt(made.number(), SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer);
    sockaddr_ll name{};
    name.sll_family = AF_PACKET;
    name.sll_protocol = htons(ETH_P_ALL);
    name.sll_ifindex = static_cast<int>(if_nametoindex(interface.c_str()));
    must(bind(made.number(), reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0, "bind to an interface");
    return made;
  }

  [[nodiscard]] bool is_lost() {
    random_ ^= random_ << 13U, random_ ^= random_ >> 7U, random_ ^= random_ << 17U;
    return (random_ >> 11U) % 1000 < quality_.loss_per_mille;
  }

  void work() {
    std::vector<char> buffer(1 << 17);
    while (!stopping_) {
      std::array<pollfd, 2> ready{{{ends_[0].number(), POLLIN, 0}, {ends_[1].number(), POLLIN, 0}}};
      poll(ready.data(), ready.size(), 1);
      const auto now = clock::now();
      for (std::size_t from = 0; from < 2; ++from) {
        ssize_t size = 0;
        while ((size = recv(ends_[from].number(), buffer.data(), buffer.size(), 0)) > 0)
          if (is_lost())
            ++lost_;
          else
            under_way_[from].push_back({now + quality_.delay, {buffer.data(), buffer.data() + size}});
        for (auto& queue = under_way_[from]; !queue.empty() && queue.front().due <= now; queue.pop_front())
          send(ends_[1 - from].number(), queue.front().bytes.data(), queue.front().bytes.size(), 0);
      }
    }
  }

  quality quality_;
  std::array<descriptor, 2> ends_;
  std::array<std::deque<frame>, 2> under_way_; ///< by the end where they came in
  std::uint64_t random_ = 88172645463325252U;
  std::atomic<std::uint64_t> lost_{0};
  std::atomic<bool> stopping_{false};
  std::thread worker_; ///< last: it uses everything else
};

/// The machines of a switched_network at the ends of long cables: 20 ms in each direction, and 1 % of the frames is
/// lost.
class slow_network {
public:
  explicit slow_network(std::size_t machines) : network(machines) {
    for (std::size_t i = 0; i < machines; ++i)
      if (has_netem()) {
        const std::string slow = "root netem delay 20ms loss 1%";
        must_run(fmt::format("tc qdisc add dev port{} {}", i, slow));
        run_inside(network.machine(i), "tc qdisc add dev eth0 " + slow);
      } else {
        // between the machine's port and the switch; neither end is to answer for this machine
        must_run(fmt::format("ip link set port{0} nomaster arp off && ip link add in{0} type veth peer name out{0} && "
                             "ip link set in{0} master br0 up && ip link set out{0} arp off up",
                             i));
        cables_.push_back(
            std::make_unique<slow_cable>(fmt::format("port{}", i), fmt::format("out{}", i), slow_cable::quality{}));
      }
  }

  /// Whether this kernel has tc's netem. Asked in a network of its own.
  [[nodiscard]] static bool has_netem() {
    const network_namespace tried;
    const network_namespace::visit visit(tried);
    return run_shell("PATH=$PATH:/usr/sbin:/sbin; tc qdisc add dev lo root netem delay 1ms", "/").code == 0;
  }
  [[nodiscard]] const std::vector<std::unique_ptr<slow_cable>>& cables() const { return cables_; }

  switched_network network;

private:
  static void must_run(const std::string& command) {
    const auto ran = run_shell("PATH=$PATH:/usr/sbin:/sbin; " + command, "/");
    REQUIRE_MESSAGE(ran.code == 0, command << ": " << ran.output);
  }

  std::vector<std::unique_ptr<slow_cable>> cables_;
};

} // namespace rhizome::tests

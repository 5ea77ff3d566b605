#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checks/icmp_packet.c"

static struct icmp_packet
made(bool is_v6, size_t size)
{
    struct icmp_packet packet = {
        .is_v6 = is_v6, .id = 0x1234, .sequence = 2, .size = size};

    packet.token = id_of("a run", NULL);
    return packet;
}

/* What an honest host sends back: the request with another type. */
static size_t
reply_to(uint8_t *to, const struct icmp_packet *packet)
{
    size_t len = icmp_packet_encode(to, packet);

    to[0] = packet->is_v6 ? 129 : 0;
    return len;
}

static void
a_request_is_as_the_standard_has_it(void **state)
{
    struct icmp_packet packet = made(false, 20);
    uint8_t bytes[ICMP_PACKET_MAX];

    (void)state;
    assert_int_equal(icmp_packet_encode(bytes, &packet), 28);
    assert_int_equal(bytes[0], 8);
    assert_int_equal(bytes[1], 0);
    assert_int_equal(bytes[4] << 8 | bytes[5], 0x1234);
    assert_int_equal(bytes[6] << 8 | bytes[7], 2);
    assert_memory_equal(bytes + 8, packet.token.byte, 16);
    packet.is_v6 = true;
    icmp_packet_encode(bytes, &packet);
    assert_int_equal(bytes[0], 128);
}

static void
our_reply_is_known(void **state)
{
    static const size_t sizes[] = {16, 17, 56, ICMP_PACKET_SIZE_MAX};
    uint8_t bytes[ICMP_PACKET_MAX];

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        for (int v6 = 0; v6 < 2; v6++) {
            struct icmp_packet packet = made(v6, sizes[i]);
            uint16_t sequence = 99;
            size_t len = reply_to(bytes, &packet);

            packet.sequence = 0; /* whichever of them it answers */
            assert_true(icmp_packet_answers(bytes, len, &packet, &sequence));
            assert_int_equal(sequence, 2);
        }
    }
}

static void
any_other_is_refused(void **state)
{
    struct icmp_packet packet = made(false, 56);
    uint8_t good[ICMP_PACKET_MAX];
    uint8_t bad[ICMP_PACKET_MAX];
    size_t len = reply_to(good, &packet);
    uint16_t sequence = 99;

    (void)state;
    /* Cut anywhere, or with something added. */
    for (size_t n = 0; n < len; n++)
        assert_false(icmp_packet_answers(good, n, &packet, &sequence));
    assert_false(icmp_packet_answers(good, len + 1, &packet, &sequence));
    /* Any byte changed but checksum and sequence. */
    for (size_t n = 0; n < len; n++) {
        if (n == 2 || n == 3 || n == 6 || n == 7)
            continue;
        memcpy(bad, good, len);
        bad[n] ^= 0x20;
        assert_false(icmp_packet_answers(bad, len, &packet, &sequence));
    }
    /* Our own request, as loopback shows it; of the other family. */
    icmp_packet_encode(bad, &packet);
    assert_false(icmp_packet_answers(bad, len, &packet, &sequence));
    packet.is_v6 = true;
    assert_false(icmp_packet_answers(good, len, &packet, &sequence));
    assert_int_equal(sequence, 99);
}

static void
errors_have_words(void **state)
{
    (void)state;
    assert_string_equal(icmp_packet_error_text(false, 3, 1),
                        "host unreachable");
    assert_string_equal(icmp_packet_error_text(false, 3, 13),
                        "prohibited by a filter");
    assert_string_equal(icmp_packet_error_text(false, 11, 0),
                        "its time to live ended on the way");
    assert_string_equal(icmp_packet_error_text(true, 3, 0),
                        "its time to live ended on the way");
    assert_string_equal(icmp_packet_error_text(true, 1, 0), "no route");
    assert_string_equal(icmp_packet_error_text(true, 2, 0),
                        "too large for the path");
    assert_string_equal(icmp_packet_error_text(false, 3, 200),
                        "refused on the way");
    assert_string_equal(icmp_packet_error_text(true, 200, 200),
                        "refused on the way");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_as_the_standard_has_it),
        cmocka_unit_test(our_reply_is_known),
        cmocka_unit_test(any_other_is_refused),
        cmocka_unit_test(errors_have_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

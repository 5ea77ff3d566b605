#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/fleet_assign.c"

#include "base/id.h"

#define MEMBERS 5
#define CHECKS  1000

static struct fleet_member members[MEMBERS];
static struct fleet_member *list[MEMBERS];
static struct fleet fleet;

static void
begin(void)
{
    static char names[MEMBERS][8];
    static char region[] = "fra";

    memset(members, 0, sizeof(members));
    for (int i = 0; i < MEMBERS; i++) {
        names[i][0] = (char)('a' + i);
        members[i] = (struct fleet_member){.name = names[i],
                                           .region = region,
                                           .hash = id_hash(names[i]),
                                           .state = FLEET_HERE};
        list[i] = &members[i];
    }
    fleet = (struct fleet){.members = list, .member_count = MEMBERS};
}

static uint64_t
hash_of(int check)
{
    char name[16] = "check-0000";

    for (int i = 9; i > 5; i--, check /= 10)
        name[i] = (char)('0' + check % 10);
    return id_hash(name);
}

static void
shares_are_even_and_moves_are_few(void **state)
{
    struct fleet_member *before[CHECKS];
    int share[MEMBERS] = {0};

    (void)state;
    begin();
    for (int c = 0; c < CHECKS; c++) {
        before[c] = winner(&fleet, "fra", hash_of(c));
        share[before[c] - members]++;
    }
    for (int i = 0; i < MEMBERS; i++)
        assert_in_range(share[i], CHECKS / MEMBERS / 2,
                        CHECKS / MEMBERS * 3 / 2);
    members[2].state = FLEET_LOST;
    for (int c = 0; c < CHECKS; c++) {
        struct fleet_member *now = winner(&fleet, "fra", hash_of(c));

        assert_true(now != &members[2]);
        if (before[c] != &members[2])
            assert_true(now == before[c]);
    }
    members[2].state = FLEET_HERE;
    for (int c = 0; c < CHECKS; c++)
        assert_true(winner(&fleet, "fra", hash_of(c)) == before[c]);
    assert_null(winner(&fleet, "iad", 1));
}

static void
well_ones_go_before_ill_before_absent(void **state)
{
    (void)state;
    begin();
    for (int i = 0; i < MEMBERS; i++)
        members[i].ill = i != 3;
    for (int c = 0; c < 50; c++)
        assert_true(winner(&fleet, "fra", hash_of(c)) == &members[3]);
    for (int i = 0; i < MEMBERS; i++)
        members[i].state = i == 1 ? FLEET_HERE : FLEET_LOST;
    for (int c = 0; c < 50; c++)
        assert_true(winner(&fleet, "fra", hash_of(c)) == &members[1]);
    members[1].state = FLEET_LOST;
    assert_non_null(winner(&fleet, "fra", 7)); /* nothing moves away */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_are_even_and_moves_are_few),
        cmocka_unit_test(well_ones_go_before_ill_before_absent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

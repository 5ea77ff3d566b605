#include "controller/web/trouble.h"

#include "base/buf.h"
#include "controller/store/store.h"
#include "controller/web/view.h"

bool
trouble_add(struct buf *out, const struct view *view)
{
    struct store_stats store = store_stats(view->store);

    if (store.results_error != NULL)
        (void)buf_addf(
            out,
            "results.db cannot be written: %s. Checks go on and "
            "probes keep what they find, while their own disks have room; "
            "until then no verdict changes and no new page goes "
            "out. Free space in data_dir.\n",
            store.results_error);
    if (store.state_error != NULL)
        (void)buf_addf(out,
                       "state.db cannot be written: %s. Verdicts and pages go "
                       "on; what is decided now is not remembered over a "
                       "restart. Free space in data_dir.\n",
                       store.state_error);
    return store.results_error != NULL || store.state_error != NULL;
}

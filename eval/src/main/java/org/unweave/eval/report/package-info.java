/** What a run leaves for its reader: the result table, the plots and the report, all made from the files of the run. */
@NullMarked
package org.unweave.eval.report;

import org.jspecify.annotations.NullMarked;

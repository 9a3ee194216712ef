// Stands in for dmn-js's FEEL editor: that one knows functions which our engine does not have, and
// would call wrong what is right here. Plain text it is; the server checks each cell as one types.
import ContentEditable from "dmn-js-shared/lib/components/ContentEditable";

export default ContentEditable;

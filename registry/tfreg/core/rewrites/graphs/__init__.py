"""A GraphDef written anew from one that is there: what nobody changes is copied, or pointed at where it is long."""

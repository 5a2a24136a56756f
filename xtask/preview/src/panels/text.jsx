// A text that the dashboard carries itself.
import { renderTextPanelMarkdown, textUtil } from '@grafana/data';

export function TextPanel({ panel, height, replaceVariables }) {
  const { mode = 'markdown', content = '' } = panel.options ?? {};
  const text = replaceVariables(content);
  if (mode === 'code') {
    return <pre style={{ height, margin: 0, overflow: 'auto' }}>{text}</pre>;
  }
  const html = mode === 'html' ? textUtil.sanitizeTextPanelContent(text) : renderTextPanelMarkdown(text);
  return (
    <div className="markdown-html" style={{ height, overflow: 'auto' }} dangerouslySetInnerHTML={{ __html: html }} />
  );
}
